import { afterEach, expect, test, vi } from "vitest";
import { CompareData } from "@/compare/data";
import { linesOf } from "@/compare/rows";

interface Body {
  readonly where?: string;
  readonly keys?: number[];
  readonly columns: string[];
}

const row = (key: number) => ({
  ...{ key, id: `run${key}`, name: `run ${key}`, experiment: "e", experiment_id: "1" },
  ...{ status: "finished", started: key, ended: key + 1, user: "me", kind: "", parent: "" },
  ...{ children: 0, deleted: null },
});

const NAMES: Record<string, string[]> = {
  params: ["lr", "same"],
  metrics: Array.from({ length: 900 }, (_, at) => `m${at}`),
  tags: ["of another run"],
};

function valueOf(column: string, key: number) {
  if (column.includes("another")) return null;
  return column === "params.same" ? 1 : key;
}

/** Answer as the server does; return the columns of each request. */
function serve(count: number): Body[] {
  const asked: Body[] = [];
  const answer = (address: string, options: RequestInit): unknown => {
    const url = new URL(address);
    if (url.pathname.endsWith("/keys")) {
      const family = url.searchParams.get("family")!;
      const keys = NAMES[family]!.map((name) => ({ family, name }));
      return { keys, total: keys.length, next: "" };
    }
    const body = JSON.parse(options.body as string) as Body;
    asked.push(body);
    const all = Array.from({ length: count }, (_, at) => row(at));
    const named = [...(body.where ?? "").matchAll(/"run(\d+)"/g)].map((one) => Number(one[1]));
    const keys = body.keys ?? (named.length ? named : all.map((one) => one.key));
    const rows = keys.filter((key) => key < count).map(row);
    const cells = body.columns.map((column) => rows.map((one) => valueOf(column, one.key)));
    return { columns: [], rows, cells };
  };
  vi.stubGlobal("fetch", async (address: string, options: RequestInit) => ({
    ok: true,
    json: async () => answer(address, options),
  }));
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

const named = (...runs: string[]) => ({ runs, where: "", experiments: [] });

test("runs stand in the order of the address, and missing ones are named", async () => {
  serve(5);
  const data = new CompareData();
  await data.open(named("run3", "run1", "run9"));
  expect(data.runs.value.map((run) => run.id)).toEqual(["run3", "run1"]);
  expect(data.missing.value).toEqual(["run9"]);
});

test("many runs are found by several searches, each short enough for the server", async () => {
  const asked = serve(400);
  const data = new CompareData();
  await data.open(named(...Array.from({ length: 400 }, (_, at) => `run${at}`)));
  expect(data.runs.value.length).toBe(400);
  const searches = asked.filter((body) => body.where?.startsWith("id in"));
  expect(searches.length).toBe(3);
});

test("values are read by blocks, those in sight first", async () => {
  const asked = serve(200);
  const data = new CompareData();
  await data.open({ runs: [], where: "x", experiments: [] });
  const last = data.fields.value.find((field) => field.id === "metrics.m899")!;
  data.want([last]);
  await vi.waitFor(() => expect(data.isComplete.value).toBe(true));
  const blocks = asked.filter((body) => body.keys);
  expect(blocks.length).toBeGreaterThan(5);
  expect(blocks.every((body) => body.columns.length * 200 <= 20_000)).toBe(true);
  expect(blocks[1]!.columns[0]).toBe("metrics.m899");
});

test("of a run that joins, only its own values are read", async () => {
  const asked = serve(5);
  const data = new CompareData();
  await data.open(named("run0", "run1"));
  await vi.waitFor(() => expect(data.isComplete.value).toBe(true));
  asked.length = 0;
  await data.open(named("run0", "run1", "run2"));
  await vi.waitFor(() => expect(data.isComplete.value).toBe(true));
  expect(asked.filter((body) => body.keys).every((body) => body.keys!.join() === "2")).toBe(true);
  expect(data.values(data.fields.value[0]!)).toEqual([0, 1, 2]);
});

test("keys that no compared run has are left out, and what differs is known", async () => {
  serve(3);
  const data = new CompareData();
  await data.open(named("run0", "run1"));
  await vi.waitFor(() => expect(data.isComplete.value).toBe(true));
  const [lr, same] = data.fields.value;
  expect([data.differs(lr!), data.differs(same!)]).toEqual([true, false]);
  const tag = data.fields.value.find((field) => field.family === "tags")!;
  expect(data.isUsed(tag)).toBe(false);
});

test("without fields there are no lines but that of the runs", () => {
  expect(linesOf([], { find: "", isOnlyDifferent: false })).toEqual([{ kind: "runs" }]);
});
