import { expect, test } from "vitest";
import { differencesOf } from "@/run/differences";

test("finds what differs and what only one has", () => {
  expect(differencesOf({ a: 1, b: 2, c: 3 }, { a: 1, b: 3, d: 4 })).toEqual([
    { key: "b", before: 2, after: 3 },
    { key: "c", before: 3, after: undefined },
    { key: "d", before: undefined, after: 4 },
  ]);
});

test("is not misled by names that every object has", () => {
  expect(differencesOf({}, { constructor: 1 })).toEqual([
    { key: "constructor", before: undefined, after: 1 },
  ]);
});
