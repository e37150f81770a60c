import { describe, expect, test } from "vitest";
import {
  formatAge,
  formatDuration,
  formatMoment,
  formatNumber,
  formatSize,
  toNumber,
} from "./format";

describe("numbers", () => {
  test.each([
    [0, "0"],
    [0.1 + 0.2, "0.3"],
    [1234567, "1,234,567"],
    [-2.5, "−2.5"],
    [0.00001234, "1.234e-5"],
    [123456.789, "123,457"],
    [1e12, "1e12"],
    [NaN, "NaN"],
    [-Infinity, "−∞"],
  ])("%d is %s", (value, text) => expect(formatNumber(value)).toBe(text));

  test.each([
    ["NaN", NaN],
    ["-Infinity", -Infinity],
    [3, 3],
    ["3", null],
    [true, null],
  ])("%s is read as %d", (value, number) => expect(toNumber(value)).toBe(number));
});

test.each([
  [0.35, "350 ms"],
  [12.34, "12.3 s"],
  [59.97, "1 m"],
  [245, "4 m 5 s"],
  [11_520, "3 h 12 m"],
  [187_200, "2 d 4 h"],
  [-1, "–"],
])("%d seconds are %s", (seconds, text) => expect(formatDuration(seconds)).toBe(text));

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [20_500, "20.5 kB"],
  [5e9, "5 GB"],
])("%d bytes are %s", (bytes, text) => expect(formatSize(bytes)).toBe(text));

test("an age is a date after a week", () => {
  const now = Date.UTC(2026, 1, 20) / 1000;
  expect(formatAge(now - 2, now)).toBe("just now");
  expect(formatAge(now - 7_200, now)).toBe("2 h ago");
  expect(formatAge(now - 30 * 86_400, now)).toMatch(/^2026-01-2[01]$/);
  expect(formatMoment(Infinity)).toBe("–");
});
