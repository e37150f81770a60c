import { expect, test } from "vitest";
import { meanOfCurves } from "@/compare/aggregate";

const curve = (steps: number[], values: number[]) => ({
  steps: Float64Array.from(steps),
  times: Float64Array.from(steps, (step) => 1_000 + 10 * step),
  values: Float64Array.from(values),
});

test("the mean is over the curves that reach a step", () => {
  const found = meanOfCurves([curve([0, 1, 2], [1, 2, 3]), curve([0, 1], [3, 6])], "step", "range");
  expect([...found.x]).toEqual([0, 1, 2]);
  expect([...found.mean]).toEqual([2, 4, 3]);
  expect([...found.low]).toEqual([1, 2, 3]);
  expect([...found.high]).toEqual([3, 6, 3]);
});

test("curves with other steps count between their points", () => {
  const found = meanOfCurves([curve([0, 2], [0, 4]), curve([0, 1, 2], [0, 0, 0])], "step", "range");
  expect([...found.mean]).toEqual([0, 1, 2]);
});

test("the band is the deviation of a sample", () => {
  const found = meanOfCurves([curve([0], [1]), curve([0], [3])], "step", "deviation");
  expect(found.high[0]! - found.mean[0]!).toBeCloseTo(Math.SQRT2);
});

test("a single curve has no band, and NaN is no point", () => {
  const found = meanOfCurves([curve([0, 1, 2], [1, NaN, 3])], "step", "deviation");
  expect([...found.mean]).toEqual([1, 3]);
  expect([...found.low]).toEqual([1, 3]);
});

test("along time each curve begins at zero", () => {
  const found = meanOfCurves([curve([5, 6], [1, 2])], "relative", "range");
  expect([...found.x]).toEqual([0, 10]);
});

test("many steps are drawn as a grid that keeps the ends", () => {
  const steps = Array.from({ length: 5_000 }, (_, at) => at);
  const found = meanOfCurves([curve(steps, steps)], "step", "range");
  expect(found.x.length).toBe(400);
  expect(found.x[0]).toBe(0);
  expect(found.x.at(-1)).toBe(4_999);
  expect(found.mean.every((value, at) => Math.abs(value - found.x[at]!) < 1e-6)).toBe(true);
});
