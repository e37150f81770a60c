import { expect, test } from "vitest";
import { searchOf } from "@/compare/add_runs";
import { brushesOf, writtenBrushes } from "@/compare/parallel_tab";
import { compare } from "@/compare/sort_runs";
import { readState, written } from "@/compare/state";

test("the address says which runs, once each", () => {
  const state = readState(new URLSearchParams("runs=a,b,a&tab=scatter&only=1&log=params.lr"));
  expect(state.runs).toEqual(["a", "b"]);
  expect(state.tab).toBe("scatter");
  expect(state.isOnlyDifferent).toBe(true);
  expect(state.log).toEqual(["params.lr"]);
});

test("an unknown tab is the table", () => {
  expect(readState(new URLSearchParams("tab=nonsense")).tab).toBe("table");
});

test("lists are read again as they were written", () => {
  const axes = ["params.lr", 'metrics."a, b"', "started"];
  const query = new URLSearchParams({ axes: written(axes) });
  expect(readState(query).axes).toEqual(axes);
});

test("a name is searched in names and ids, and a search stays one", () => {
  expect(searchOf("rid")).toBe('name ilike "%rid%" or id like "%rid%"');
  expect(searchOf("metrics.loss < 0.1")).toBe("metrics.loss < 0.1");
  expect(searchOf("  ")).toBe("");
});

test("ranges of axes are in the address", () => {
  const brushes = new Map([['metrics."a:b"', [0.25, 1] as const]]);
  expect(brushesOf(writtenBrushes(brushes))).toEqual(brushes);
  expect(brushesOf(["broken", "x:1:y"]).size).toBe(0);
});

test("missing values are last in either order", () => {
  const values = [2, null, 1, "NaN", 3];
  const sorted = (isDown: boolean) => [...values].sort((a, b) => compare(a, b, isDown));
  expect(sorted(false).slice(0, 3)).toEqual([1, 2, 3]);
  expect(sorted(true).slice(0, 3)).toEqual([3, 2, 1]);
});
