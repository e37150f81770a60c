/** The mean of several curves, with how far they are apart. */

import type { Points } from "@/charts/points";

/** A curve over a grid of x, with its band. */
export interface Mean {
  readonly x: Float64Array;
  readonly mean: Float64Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
}

export type Band = "deviation" | "range";
export type Along = "step" | "relative";

const MOST = 400; // places of the grid

/** Return the curve as pairs of x and y, in order of x. */
function pairsOf(points: Points, along: Along): { x: Float64Array; y: Float64Array } {
  const base = points.times[0] ?? 0;
  const whole = along === "step" ? points.steps : points.times.map((time) => time - base);
  const order = [...whole.keys()].filter((at) => Number.isFinite(points.values[at]!));
  order.sort((one, other) => whole[one]! - whole[other]!);
  return {
    x: Float64Array.from(order, (at) => whole[at]!),
    y: Float64Array.from(order, (at) => points.values[at]!),
  };
}

/** Return the grid of curves: all of their x if they are few, else as many at equal distances. */
function gridOf(curves: readonly { x: Float64Array }[]): Float64Array {
  const places = new Set<number>();
  for (const { x } of curves) {
    for (const one of x) places.add(one);
    if (places.size > MOST) break;
  }
  if (places.size <= MOST) return Float64Array.from(places).sort();
  let [low, high] = [Infinity, -Infinity];
  for (const { x } of curves) {
    low = Math.min(low, x[0] ?? Infinity);
    high = Math.max(high, x.at(-1) ?? -Infinity);
  }
  return Float64Array.from({ length: MOST }, (_, at) => low + ((high - low) * at) / (MOST - 1));
}

/** Return the mean of curves; a curve counts from its first to its last point. */
export function meanOfCurves(series: readonly Points[], along: Along, band: Band): Mean {
  const curves = series.map((one) => pairsOf(one, along)).filter((one) => one.x.length > 0);
  const x = gridOf(curves);
  const sums = new Float64Array(x.length);
  const squares = new Float64Array(x.length);
  const counts = new Float64Array(x.length);
  const low = new Float64Array(x.length).fill(Infinity);
  const high = new Float64Array(x.length).fill(-Infinity);
  for (const curve of curves) {
    eachOn(curve, x, (at, value) => {
      counts[at]! += 1;
      sums[at]! += value;
      squares[at]! += value * value;
      if (value < low[at]!) low[at] = value;
      if (value > high[at]!) high[at] = value;
    });
  }
  const mean = sums.map((sum, at) => sum / counts[at]!);
  if (band === "range") return { x, mean, low, high };
  const deviation = mean.map((value, at) => deviationOf(squares[at]!, value, counts[at]!));
  return {
    x,
    mean,
    low: mean.map((value, at) => value - deviation[at]!),
    high: mean.map((value, at) => value + deviation[at]!),
  };
}

/** Return the standard deviation of a sample; none of a single value. */
function deviationOf(squares: number, mean: number, count: number): number {
  return count > 1 ? Math.sqrt(Math.max(0, (squares - count * mean * mean) / (count - 1))) : 0;
}

/** Act on the value of a curve at each place of a grid that it reaches, between its points. */
function eachOn(
  curve: { x: Float64Array; y: Float64Array },
  grid: Float64Array,
  act: (at: number, value: number) => void,
): void {
  const { x, y } = curve;
  let next = 0;
  for (let at = 0; at < grid.length; at++) {
    const place = grid[at]!;
    if (place < x[0]! || place > x.at(-1)!) continue;
    while (next < x.length - 1 && x[next]! < place) next++;
    if (x[next] === place || next === 0) act(at, y[next]!);
    else {
      const part = (place - x[next - 1]!) / (x[next]! - x[next - 1]! || 1);
      act(at, y[next - 1]! + part * (y[next]! - y[next - 1]!));
    }
  }
}
