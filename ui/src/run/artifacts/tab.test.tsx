import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/preact";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ArtifactRecord } from "@/api/artifacts";
import { go, location } from "@/parts/location";
import { ArtifactsTab } from "@/run/artifacts/tab";

const LONG = { timeout: 15_000 }; // for the first import of a preview
const HOSTILE = "<img src=x onerror=alert(1)>";
const CONTENTS: Record<string, string> = {
  "a/notes.txt": "one\ntwo\nthree",
  "report.json": '{"r2": 0.5, "name": "<b>x</b>"}',
  [`${HOSTILE}.csv`]: 'name,n\n"=cmd()<script>",2\nb,10\n',
  "page.html": "<script>window.hacked = 1</script>",
};
const files: ArtifactRecord[] = Object.entries(CONTENTS).map(([path, text]) => ({
  path,
  size: text.length,
  digest: `blake3:${path}`,
  time: 0,
}));
const run = { run: { id: "r1" }, artifacts: files };

beforeEach(() => {
  // Lists draw what is in view, and the elements of jsdom have no size.
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(600);
  vi.spyOn(Element.prototype, "clientWidth", "get").mockReturnValue(900);
  vi.stubGlobal("fetch", (address: string) => {
    const { searchParams } = new URL(address);
    const [begin, end] = [Number(searchParams.get("begin")), Number(searchParams.get("end"))];
    return Promise.resolve(new Response(CONTENTS[searchParams.get("path")!]!.slice(begin, end)));
  });
  go("#/runs/r1/artifacts");
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe("ArtifactsTab", { timeout: 20_000 }, () => {
  it("opens the file that one chooses, and keeps it in the address", async () => {
    render(<ArtifactsTab run={run} />);
    fireEvent.click(await screen.findByText("notes.txt"));
    expect(location.value.query.get("file")).toBe("a/notes.txt");
    await waitFor(() => screen.getByText("3 lines"), LONG);
    fireEvent.input(screen.getByLabelText("Find in the file"), { target: { value: "T" } });
    await waitFor(() => screen.getByText("1 of 2"));
  });

  it("moves in the tree by keys", () => {
    render(<ArtifactsTab run={run} />);
    const tree = screen.getByRole("tree");
    fireEvent.keyDown(tree, { key: "ArrowDown" });
    fireEvent.keyDown(tree, { key: "ArrowRight" });
    expect(location.value.query.get("file")).toBe("a/notes.txt");
    fireEvent.keyDown(tree, { key: "ArrowLeft" });
    expect(location.value.query.get("file")).toBe("a");
  });

  it("shows what users wrote as text", async () => {
    go(`#/runs/r1/artifacts?file=${encodeURIComponent(`${HOSTILE}.csv`)}&sort=n&where=n%20>%200`);
    const { container } = render(<ArtifactsTab run={run} />);
    await waitFor(() => screen.getByText("=cmd()<script>"), LONG);
    expect(container.querySelector("script, img")).toBeNull();
    expect(screen.getByRole("heading", { name: `${HOSTILE}.csv` })).toBeTruthy();
  });

  it("runs the scripts of a page only after a click", async () => {
    go("#/runs/r1/artifacts?file=page.html&scripts=1&as=scripts");
    const { container } = render(<ArtifactsTab run={run} />);
    const button = await screen.findByText("Run its scripts", {}, LONG);
    const frame = () => container.querySelector("iframe")!;
    expect(frame().getAttribute("sandbox")).toBe("");
    expect(frame().src).toContain("scripts=0");
    fireEvent.click(button);
    await waitFor(() => expect(frame().getAttribute("sandbox")).toBe("allow-scripts"));
    expect(frame().src).toContain("scripts=1");
  });

  it("shows JSON as a tree", async () => {
    go("#/runs/r1/artifacts?file=report.json");
    render(<ArtifactsTab run={run} />);
    await waitFor(() => screen.getByText('"<b>x</b>"'), LONG);
  });

  it("says what to do where there is nothing", () => {
    render(<ArtifactsTab run={{ run: { id: "r1" }, artifacts: [] }} />);
    expect(screen.getByText("No artifacts")).toBeTruthy();
    cleanup();
    go("#/runs/r1/artifacts?file=gone");
    render(<ArtifactsTab run={run} />);
    expect(screen.getByText("There is no such file")).toBeTruthy();
  });
});
