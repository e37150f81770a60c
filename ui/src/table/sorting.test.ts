import { expect, test } from "vitest";
import { formatSort, parseSort, splitList, toggled } from "./sorting";

test("commas in names do not split", () => {
  expect(splitList('metrics."a, b", at(metrics.x, 3), `c,d`, e')).toEqual([
    'metrics."a, b"',
    "at(metrics.x, 3)",
    "`c,d`",
    "e",
  ]);
});

test("sort keys are read and written", () => {
  const keys = parseSort('-metrics."a,b", name');
  expect(keys).toEqual([
    { id: 'metrics."a,b"', descending: true },
    { id: "name", descending: false },
  ]);
  expect(formatSort(keys)).toBe('-metrics."a,b", name');
});

test("a click goes down, up, none; with shift beside the others", () => {
  const down = toggled([], "a", false);
  expect(formatSort(down)).toBe("-a");
  const up = toggled(down, "a", false);
  expect(formatSort(up)).toBe("a");
  expect(toggled(up, "a", false)).toEqual([]);
  expect(formatSort(toggled(down, "b", true))).toBe("-a, -b");
  expect(formatSort(toggled(down, "b", false))).toBe("-b");
});
