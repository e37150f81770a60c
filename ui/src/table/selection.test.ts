import { expect, test } from "vitest";
import { Selection } from "./selection";

const keyAt = (index: number): number => index + 100;

test("a range goes from the last row that was chosen alone", () => {
  const selection = new Selection();
  selection.toggle(3, false, keyAt);
  selection.toggle(6, true, keyAt);
  expect([...selection.keys.value]).toEqual([103, 104, 105, 106]);
  selection.toggle(1, true, keyAt);
  expect(selection.size).toBe(6);
  selection.toggle(3, false, keyAt);
  expect(selection.keys.value.has(103)).toBe(false);
  selection.clear();
  expect(selection.size).toBe(0);
});
