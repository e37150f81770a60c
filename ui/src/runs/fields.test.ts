import { expect, test } from "vitest";
import { fieldOf, quoteKey, textOf, titleOf } from "./fields";

test.each([
  "metrics.loss",
  'metrics."val/loss"',
  "min(metrics.loss)",
  "at(metrics.loss, -100)",
  "curve(metrics.loss)",
  "params.optimizer.name",
  'params."a \\"b\\", c"',
  "tags.stage",
  "duration",
])("%s is read and written", (text) => expect(textOf(fieldOf(text)!)).toBe(text));

test("what is no field is none", () => {
  expect(fieldOf("metric")).toBeNull();
  expect(fieldOf("constructor")).toBeNull();
});

test("keys are quoted where they must be", () => {
  expect(quoteKey("a.b_1")).toBe("a.b_1");
  expect(quoteKey("1a")).toBe('"1a"');
  expect(quoteKey('say "x"\\')).toBe('"say \\"x\\"\\\\"');
});

test("titles name the family", () => {
  expect(titleOf(fieldOf("at(metrics.loss, 5)")!)).toEqual({
    title: "loss",
    group: "metric · step 5",
  });
});
