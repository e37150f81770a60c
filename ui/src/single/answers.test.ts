/** The answers of an exported page. */

import { describe, expect, it } from "vitest";
import type { RunDetails, RunRecord } from "@/api/types";
import { answerBy } from "@/single/answers";
import type { ExportedRun } from "@/single/records";

function exported(id: string, run: Partial<RunRecord>): ExportedRun {
  const base = { id, name: id, experiment: "e", experiment_id: "1", status: "finished" };
  const details = {
    run: { ...base, started: 1, ended: 3, parent: "", params: {}, tags: {}, metrics: {}, ...run },
    metrics: Object.entries(run.metrics ?? {}).map(([key, last]) => ({ key, last, min: last - 1 })),
    datasets: [],
  };
  const lines = ["one", "two", "three"].map((text, at) => ({
    ...{ time: at, level: at ? "INFO" : "DEBUG", logger: "", text, key: at + 1 },
  }));
  const outline = { run: id, key: "a.b c", steps: [0, 5, 9], times: [1, 2, 3], values: [7, 8, 9] };
  return {
    details: details as unknown as RunDetails,
    log: lines,
    media: [],
    outlines: [outline],
    files: { "a.txt": btoa("hello") },
  };
}

const source = answerBy({
  version: "1",
  made: 5,
  runs: [
    exported("r1", { started: 1, params: { lr: 1 }, metrics: { "a.b c": 2 } }),
    exported("r2", { started: 2, params: { lr: "x" }, metrics: { "a.b c": 1 }, parent: "r1" }),
  ],
});

async function ask(path: string, body?: unknown): Promise<Record<string, unknown>> {
  const options = body ? { method: "POST", body: JSON.stringify(body) } : {};
  const found = await source.answer(new URL(`file:///api/v1/${path}`), options);
  return { status: found.status, ...((await found.json()) as object) };
}

describe("tables", () => {
  it("have the asked columns in the asked order", async () => {
    const columns = ['metrics."a.b c"', 'min(metrics."a.b c")', 'at(metrics."a.b c", 5)'];
    const table = await ask("runs/table", { columns: [...columns, "params.lr", "duration"] });
    expect((table["rows"] as { id: string }[]).map((row) => row.id)).toEqual(["r2", "r1"]);
    expect(table["cells"]).toEqual([
      [1, 2],
      [0, 1],
      [8, 8],
      ["x", 1],
      [1, 2],
    ]);
  });
  it("are sorted, and searched by what the pages themselves look for", async () => {
    expect(await ask("runs/order", { sort: 'metrics."a.b c"' })).toMatchObject({ keys: [1, 0] });
    for (const [where, keys] of [
      ['id in ("r2","r9")', [1]],
      ['parent = "r1"', [1]],
      ['started < 2 and parent = ""', [0]],
      ['name ilike "%R1%" or id like "%R1%"', [0]],
    ] as const) {
      expect(await ask("runs/order", { where })).toMatchObject({ keys });
    }
  });
  it("say that there is no other search", async () => {
    const refused = await ask("runs/order", { where: "metrics.loss > 1" });
    expect(refused).toMatchObject({ status: 400, error: "SearchError" });
  });
  it("have keys with their ranges", async () => {
    const keys = await ask("keys?family=params&text=L");
    expect(keys["keys"]).toMatchObject([{ name: "lr", kind: "text", count: 2, min: 1, max: 1 }]);
  });
});

describe("runs", () => {
  it("answer by id, and say which are absent", async () => {
    expect(await ask("runs/r1")).toMatchObject({ status: 200, run: { name: "r1" } });
    expect(await ask("run?run=r9")).toMatchObject({ status: 404, error: "RunNotFoundError" });
    expect(await ask("me")).toMatchObject({ may_edit: false });
    expect(await ask("elsewhere")).toMatchObject({ status: 404 });
  });
  it("have their log page by page", async () => {
    const texts = async (query: string): Promise<string[]> =>
      ((await ask(`run/log?run=r1&${query}`))["lines"] as { text: string }[]).map(
        (line) => line.text,
      );
    expect(await texts("limit=2")).toEqual(["one", "two"]);
    expect(await texts("after=2")).toEqual(["three"]);
    expect(await texts("before=99&limit=1")).toEqual(["three"]);
    expect(await texts("level=INFO&text=TW")).toEqual(["two"]);
  });
  it("have parts of their curves and files", async () => {
    const series = [{ run: "r1", key: "a.b c" }];
    const body = { series, buckets: 9, first: 5 };
    const options = { method: "POST", body: JSON.stringify(body) };
    const found = await source.answer(new URL("file:///api/v1/series/outlines"), options);
    expect(await found.json()).toMatchObject([{ steps: [5, 9], values: [8, 9] }]);
    const path = "file:///api/v1/run/artifact?run=r1&path=a.txt&begin=1&end=3";
    expect(await (await source.answer(new URL(path), {})).text()).toBe("el");
    expect(source.locate(new URL("file:///api/v1/me"))).toBeUndefined();
    expect(source.locate(new URL("file:///api/v1/run/download?run=r1&path=b"))).toBe("");
  });
});
