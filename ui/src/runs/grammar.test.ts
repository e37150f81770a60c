import { expect, test } from "vitest";
import { expectedAfter } from "./grammar";

const words = (text: string): string[] => expectedAfter(text).words.map((one) => one.text);

test.each([
  ["sta", ["status", "started"]],
  ["status ", ["=", "!=", ">", ">=", "<", "<=", "like", "ilike", "in (", "is null"]],
  ["status = ", ['"running"', '"finished"', '"failed"', '"killed"', '"lost"']],
  ['status = "fa', ['"failed"']],
  ['status = "failed" ', ["and ", "or "]],
  ['status = "failed" a', ["and "]],
  ["metrics.loss > 0.5 and na", ["name"]],
  ["not user", []],
])("after %s comes %j", (text, expected) => expect(words(text)).toEqual(expected));

test("keys are looked up by what is typed of them", () => {
  expect(expectedAfter("metrics.va")).toEqual({
    from: 0,
    words: [],
    keys: { family: "metrics", text: "va" },
  });
  expect(expectedAfter('a = 1 or params."b c')).toEqual({
    from: 9,
    words: [],
    keys: { family: "params", text: "b c" },
  });
});
