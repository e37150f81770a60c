// @vitest-environment node
import { expect, test } from "vitest";
import { heightOf, LINE, offsetOf } from "@/run/output/measure";

test("counts the lines of a broken text without its colours", () => {
  expect(heightOf("x".repeat(100), 0)).toBe(LINE);
  expect(heightOf("x".repeat(100), 50)).toBe(2 * LINE);
  expect(heightOf("x".repeat(101), 50)).toBe(3 * LINE);
  expect(heightOf(`\u001b[32m${"x".repeat(50)}\u001b[0m`, 50)).toBe(LINE);
  expect(heightOf("漢".repeat(50), 50)).toBe(2 * LINE);
});

test("finds where a line begins", () => {
  const lines = [{ text: "x".repeat(60) }, { text: "a" }, { text: "b" }];
  expect(offsetOf(lines, 2, 50)).toBe(3 * LINE);
  expect(offsetOf(lines, 2, 0)).toBe(2 * LINE);
});
