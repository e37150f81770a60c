import { expect, test } from "vitest";
import { bestOf, differ, fieldOf, isLowerBetter, parseField, summarised } from "@/compare/fields";

test.each(["loss", "val/loss", "a.b.c", 'say "hi"', "back\\slash", "ü, (x)"])(
  "the id of %s names it again",
  (key) => {
    const field = fieldOf("metrics", key);
    expect(parseField(field.id)).toEqual(field);
  },
);

test("attributes are named by themselves", () => {
  expect(parseField("duration")).toEqual(fieldOf("attributes", "duration"));
});

test("a missing value differs from any other, and not from another missing one", () => {
  expect(differ([1, null])).toBe(true);
  expect(differ([null, undefined])).toBe(false);
  expect(differ(["1", 1])).toBe(true);
  expect(differ([])).toBe(false);
});

test("the best value is the least or the greatest number, if there are several", () => {
  expect(bestOf([3, "NaN", 1, null, 2], true)).toBe(1);
  expect(bestOf([3, "Infinity", 1], false)).toBe(3);
  expect(bestOf([2, 2], true)).toBeNull();
  expect(bestOf([null, 2], true)).toBeNull();
});

test("losses are better when they are lower", () => {
  expect(isLowerBetter("val/loss")).toBe(true);
  expect(isLowerBetter("accuracy")).toBe(false);
});

test.each(["loss", "f(x)", "val/loss"])("other values of %s are fields, too", (key) => {
  const field = summarised(fieldOf("metrics", key), "min");
  expect(field.id).toMatch(/^min\(metrics\..*\)$/);
  expect(parseField(field.id)).toEqual(field);
});

test("params have one value only", () => {
  expect(summarised(fieldOf("params", "lr"), "max")).toEqual(fieldOf("params", "lr"));
});
