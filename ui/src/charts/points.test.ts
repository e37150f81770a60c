// @vitest-environment node
import { describe, expect, it } from "vitest";
import { appended, NO_POINTS, thinned, toPoints, type Points } from "@/charts/points";

function points(values: readonly number[], first = 0): Points {
  return {
    steps: Float64Array.from(values, (_, at) => first + at),
    times: Float64Array.from(values, (_, at) => 100 + first + at),
    values: Float64Array.from(values),
  };
}

describe("points", () => {
  it("reads NaN and the infinities, which JSON has as texts", () => {
    const values = ["NaN", "Infinity", "-Infinity", 1];
    const outline = { run: "r", key: "k", steps: [1, 2, 3, 4], times: [1, 2, 3, 4], values };
    expect([...toPoints(outline).values]).toEqual([NaN, Infinity, -Infinity, 1]);
  });

  it("appends what is new, and nothing twice", () => {
    const before = points([5, 6, NaN]);
    const more = points([NaN, 8, 9], 2);
    expect([...appended(before, more).values]).toEqual([5, 6, NaN, 8, 9]);
    expect(appended(before, points([6, NaN], 1))).toBe(before);
    expect(appended(NO_POINTS, more)).toBe(more);
  });

  it("keeps a second value at the last step", () => {
    const more = { ...points([6, 7], 1), steps: Float64Array.of(1, 1) };
    expect([...appended(points([5, 6]), more).values]).toEqual([5, 6, 7]);
  });

  it("keeps every extreme and gap when it thins out", () => {
    const values = Array.from({ length: 10_000 }, (_, at) => Math.sin(at));
    values[1234] = 99;
    values[4321] = -99;
    values[7777] = NaN;
    const thin = thinned(points(values), 400);
    expect(thin.values.length).toBeLessThan(700);
    expect(Math.max(...[...thin.values].filter(Number.isFinite))).toBe(99);
    expect(Math.min(...[...thin.values].filter(Number.isFinite))).toBe(-99);
    expect([...thin.values].some(Number.isNaN)).toBe(true);
    expect([thin.steps[0], thin.steps.at(-1)]).toEqual([0, 9999]);
    expect([...thin.steps]).toEqual([...thin.steps].sort((one, other) => one - other));
  });
});
