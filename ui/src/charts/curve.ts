/** Curves as they are drawn: the values along the chosen axis, smoothed. */

import type { ChartOptions, Range } from "@/charts/options";
import type { Points } from "@/charts/points";
import type { ChartSeries } from "@/charts/series";
import { smooth, unitOf } from "@/charts/smooth";

/** A series with its places on the axes. */
export interface Curve {
  readonly series: ChartSeries;
  /** In the order of steps. */
  readonly points: Points;
  readonly x: Float64Array;
  /** The values that are drawn. */
  readonly y: Float64Array;
  /** The values as logged, where `y` is smoothed. */
  readonly raw: Float64Array | null;
  readonly low: Float64Array | null;
  readonly high: Float64Array | null;
  /** Whether x never falls. */
  readonly isSorted: boolean;
}

/** Return the curve of a series. */
export function curveOf(series: ChartSeries, options: ChartOptions): Curve {
  const order = orderOf(series.points.steps);
  const points = order ? reordered(series.points, order) : series.points;
  const x = placesOf(points, series, options);
  const pick = (column?: Float64Array): Float64Array | null =>
    !column ? null : order ? Float64Array.from(order, (at) => column[at]!) : column;
  const { smoothing } = options;
  const isSmooth = smoothing.kind !== "none" && points.steps.length > 2;
  const unit = isSmooth ? unitOfSeries(series, points.steps) : 1;
  return {
    series,
    points,
    x,
    y: isSmooth ? smooth(points.steps, points.values, smoothing, unit) : points.values,
    raw: isSmooth ? points.values : null,
    low: pick(series.band?.low),
    high: pick(series.band?.high),
    isSorted: isAscending(x),
  };
}

/** Return the distance of steps that counts as one point when a series is smoothed. */
export function unitOfSeries(series: ChartSeries, steps: Float64Array): number {
  const extent = series.extent ?? [steps[0] ?? 0, steps.at(-1) ?? 0];
  return unitOf(extent, series.count ?? steps.length);
}

function placesOf(points: Points, series: ChartSeries, { x }: ChartOptions): Float64Array {
  if (x === "step") return points.steps;
  if (x === "clock") return points.times;
  if (x === "relative") {
    const start = series.started ?? points.times[0] ?? 0;
    return points.times.map((time) => time - start);
  }
  return joined(points.steps, series.along);
}

/**
 * Return the value of another metric at each step.
 *
 * Both may be samples of long series: where the other has no such step, but steps on both sides,
 * the value between them is taken. Before its first step and after its last there is none.
 */
export function joined(steps: Float64Array, other: Points | undefined): Float64Array {
  const result = new Float64Array(steps.length).fill(NaN);
  if (!other?.steps.length) return result;
  const order = orderOf(other.steps);
  const { steps: known, values } = order ? reordered(other, order) : other;
  let next = 0;
  for (let at = 0; at < steps.length; at++) {
    const step = steps[at]!;
    while (next < known.length && known[next]! < step) next++;
    if (next === known.length) break;
    const [right, left] = [known[next]!, known[next - 1]];
    if (right === step) result[at] = values[next]!;
    else if (left !== undefined) {
      const share = (step - left) / (right - left);
      result[at] = values[next - 1]! * (1 - share) + values[next]! * share;
    }
  }
  return result;
}

/** Return the order that sorts steps; null if they are sorted. */
function orderOf(steps: Float64Array): number[] | null {
  if (isAscending(steps)) return null;
  return [...steps.keys()].sort((one, other) => steps[one]! - steps[other]!);
}

function isAscending(values: Float64Array): boolean {
  for (let at = 1; at < values.length; at++) if (!(values[at]! >= values[at - 1]!)) return false;
  return true;
}

function reordered(points: Points, order: readonly number[]): Points {
  const pick = (column: Float64Array): Float64Array =>
    Float64Array.from(order, (at) => column[at]!);
  return { steps: pick(points.steps), times: pick(points.times), values: pick(points.values) };
}

/** Return the places [first, end) of the points within a range of x, and one beyond each end. */
export function within(curve: Curve, range: Range): [number, number] {
  if (!curve.isSorted) return [0, curve.x.length];
  const first = placeOf(curve.x, range[0]);
  let end = placeOf(curve.x, range[1]);
  while (end < curve.x.length && curve.x[end]! <= range[1]) end++;
  return [Math.max(0, first - 1), Math.min(curve.x.length, end + 1)];
}

/** Return the first place whose value is at least one. */
function placeOf(values: Float64Array, value: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Return the place of the point nearest to an x; -1 if there is none. */
export function nearest(curve: Curve, x: number): number {
  if (!curve.x.length) return -1;
  if (!curve.isSorted) return nearestOfAll(curve.x, x);
  const right = Math.min(placeOf(curve.x, x), curve.x.length - 1);
  const left = Math.max(0, right - 1);
  return Math.abs(curve.x[left]! - x) <= Math.abs(curve.x[right]! - x) ? left : right;
}

function nearestOfAll(values: Float64Array, x: number): number {
  let best = -1;
  for (let at = 0; at < values.length; at++) {
    const distance = Math.abs(values[at]! - x);
    if (Number.isNaN(distance)) continue;
    if (best < 0 || distance < Math.abs(values[best]! - x)) best = at;
  }
  return best;
}
