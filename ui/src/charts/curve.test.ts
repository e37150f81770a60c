// @vitest-environment node
import { describe, expect, it } from "vitest";
import { curveOf, joined, nearest, within } from "@/charts/curve";
import { PLAIN } from "@/charts/options";
import type { Points } from "@/charts/points";
import { rangeOfX, rangeOfY } from "@/charts/ranges";
import type { ChartSeries } from "@/charts/series";

function series(steps: readonly number[], values: readonly number[]): ChartSeries {
  const points: Points = {
    steps: Float64Array.from(steps),
    times: Float64Array.from(steps, (step) => 1000 + 10 * step),
    values: Float64Array.from(values),
  };
  return { id: "a", run: "r", key: "k", label: "k", color: "#000", dash: [], points };
}

describe("curves", () => {
  it("are in the order of steps", () => {
    const curve = curveOf(series([2, 0, 1], [20, 0, 10]), PLAIN);
    expect([...curve.x]).toEqual([0, 1, 2]);
    expect([...curve.y]).toEqual([0, 10, 20]);
  });

  it("start at the time of their run, or of their first point", () => {
    const one = series([0, 1, 2], [1, 2, 3]);
    expect([...curveOf(one, { ...PLAIN, x: "relative" }).x]).toEqual([0, 10, 20]);
    const started = { ...one, started: 990 };
    expect([...curveOf(started, { ...PLAIN, x: "relative" }).x]).toEqual([10, 20, 30]);
    expect([...curveOf(one, { ...PLAIN, x: "clock" }).x]).toEqual([1000, 1010, 1020]);
  });

  it("are joined with another metric by step, between its points where it is a sample", () => {
    const other = series([0, 2, 4], [5, 7, 9]).points;
    expect([...joined(Float64Array.of(0, 1, 2, 4, 5), other)]).toEqual([5, 6, 7, 9, NaN]);
    expect([...joined(Float64Array.of(1), undefined)]).toEqual([NaN]);
  });

  it("find their nearest point, and those within a range with one beyond each end", () => {
    const curve = curveOf(series([0, 10, 20, 30], [1, 2, 3, 4]), PLAIN);
    expect([
      nearest(curve, -5),
      nearest(curve, 14),
      nearest(curve, 16),
      nearest(curve, 99),
    ]).toEqual([0, 1, 2, 3]);
    expect(within(curve, [9, 21])).toEqual([0, 4]);
    expect(within(curve, [10, 20])).toEqual([0, 4]);
    expect(within(curve, [11, 12])).toEqual([1, 3]);
  });

  it("have ranges of what can be drawn", () => {
    const curve = curveOf(series([0, 1, 2, 3], [-1, Infinity, 4, NaN]), PLAIN);
    expect(rangeOfX([curve], false)).toEqual([0, 3]);
    expect(rangeOfX([curve], true)).toEqual([1, 3]);
    const [low, high] = rangeOfY([curve], [0, 3], false);
    expect([low, high]).toEqual([-1.25, 4.25]);
    expect(rangeOfY([curve], [0, 3], true)).toEqual([2, 8]);
    expect(rangeOfY([], [0, 1], false)).toEqual([0, 1]);
  });
});
