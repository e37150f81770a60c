// @vitest-environment node
import { parquetReadObjects } from "hyparquet";
import { expect, test } from "vitest";
import type { RunRow } from "@/api/types";
import type { Cell } from "@/parts/format";
import { contentOfRuns, textOfRuns } from "./export";

const run = { id: "01", name: '=cmd("x")', started: 0, ended: 90, status: "finished" } as RunRow;
const held = [
  {
    run,
    cells: new Map<string, Cell>([
      ["metrics.a", 0.5],
      ["params.b", 'x,"y"'],
    ]),
  },
  {
    run: { ...run, id: "02", name: "two", ended: null },
    cells: new Map<string, Cell>([["metrics.a", "NaN"]]),
  },
];
const ids = ["name", "duration", "metrics.a", "params.b", "curve(metrics.a)"];

test("CSV quotes what it must, and nothing becomes a formula", () => {
  expect(textOfRuns(held, ids, "csv")).toBe(
    "id,name,duration,metrics.a,params.b\r\n" +
      `01,"'=cmd(""x"")",90,0.5,"x,""y"""\r\n` +
      "02,two,,NaN,\r\n",
  );
});

test("JSON has the values", () => {
  expect(JSON.parse(textOfRuns(held, ids, "json"))[0]).toEqual({
    id: "01",
    name: '=cmd("x")',
    duration: 90,
    "metrics.a": 0.5,
    "params.b": 'x,"y"',
  });
});

test("Parquet has typed columns", async () => {
  const file = (await contentOfRuns(held, ids, "parquet")) as ArrayBuffer;
  const rows = await parquetReadObjects({ file });
  expect(rows[0]).toMatchObject({ id: "01", duration: 90, "metrics.a": 0.5 });
  expect(rows[1]).toMatchObject({ name: "two", duration: null, "metrics.a": NaN });
});
