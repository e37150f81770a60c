import { cleanup, render, screen, waitFor } from "@testing-library/preact";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { go } from "@/parts/location";
import { ModelsPage } from "@/models/page";

const HOSTILE = "<img src=x onerror=alert(1)>";
const VERSION = {
  name: "prices",
  version: 2,
  description: "The best",
  created: 1,
  updated: 2,
  stage: "Production",
  source: "runs:/r1/model",
  location: "",
  run: "r1",
  run_link: "",
  logged_model: "m-1",
  user: "ada",
  tags: { checked: "yes", "mlflow.hidden": "1" },
  aliases: ["champion"],
};
const MODEL = {
  name: "prices",
  description: null,
  created: 1,
  updated: 2,
  tags: {},
  aliases: { champion: 2 },
  latest: [VERSION],
};
const LOGGED = {
  id: "m-1",
  experiment_id: "1",
  name: HOSTILE,
  type: "",
  status: "ready",
  source_run: "r1",
  created: 1,
  updated: 2,
  deleted: null,
  params: { depth: "3" },
  tags: {},
  metrics: [
    { key: "r2", step: 1, time: 1, value: "NaN", run: "r1", dataset_name: "", dataset_digest: "" },
  ],
};
const ANSWERS: Record<string, unknown> = {
  models: { models: [MODEL, { ...MODEL, name: HOSTILE, latest: [], aliases: {} }], next: "" },
  model: { model: MODEL, versions: [VERSION] },
  "logged-model": LOGGED,
};

beforeEach(() => {
  vi.stubGlobal("fetch", (address: string) => {
    const call = new URL(address).pathname.split("/").at(-1)!;
    return Promise.resolve(new Response(JSON.stringify(ANSWERS[call])));
  });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

describe("ModelsPage", () => {
  it("lists models with their latest version and aliases", async () => {
    go("#/models");
    const { container } = render(<ModelsPage />);
    const link = await screen.findByText("prices");
    expect(link.getAttribute("href")).toBe("#/models/prices");
    expect(screen.getByText("v2", { selector: "td > a" }).getAttribute("href")).toBe(
      "#/models/prices/2",
    );
    expect(screen.getByText(HOSTILE)).toBeTruthy();
    expect(container.querySelector("img")).toBeNull();
  });

  it("shows a version with where it comes from and how to load it", async () => {
    go("#/models/prices/2");
    render(<ModelsPage />);
    const files = await screen.findByText("model", { selector: "dd > a" });
    expect(files.getAttribute("href")).toBe("#/runs/r1/artifacts?file=model");
    expect(screen.getByText('"models:/prices/2"')).toBeTruthy();
    expect(screen.queryByText("mlflow.hidden")).toBeNull();
  });

  it("says that a version is missing", async () => {
    go("#/models/prices/9");
    render(<ModelsPage />);
    await screen.findByText("There is no such version");
  });

  it("shows a logged model", async () => {
    go("#/models/logged/m-1");
    render(<ModelsPage />);
    await waitFor(() => screen.getByText("NaN"));
    expect(screen.getByRole("heading", { level: 1 }).textContent).toContain(HOSTILE);
  });
});
