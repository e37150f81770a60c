/** The points of a metric, as the columns that charts draw. */

import type { Outline } from "@/api/series";
import { toNumber } from "@/parts/format";

/** Points in logging order; all columns have the same length. */
export interface Points {
  readonly steps: Float64Array;
  /** Seconds since 1970. */
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** No points. */
export const NO_POINTS: Points = {
  steps: new Float64Array(0),
  times: new Float64Array(0),
  values: new Float64Array(0),
};

/** Return the points of an outline of the server. */
export function toPoints(outline: Outline): Points {
  return {
    steps: Float64Array.from(outline.steps),
    times: Float64Array.from(outline.times),
    values: Float64Array.from(outline.values, (value) => toNumber(value) ?? NaN),
  };
}

/** Return points after others; of those at the seam that both have, only one. */
export function appended(before: Points, more: Points): Points {
  const last = before.steps.at(-1);
  if (last === undefined) return more;
  let skip = 0;
  while (skip < more.steps.length && (more.steps[skip]! < last || isKnown(before, more, skip))) {
    skip++;
  }
  if (skip === more.steps.length) return before;
  const join = (one: Float64Array, other: Float64Array): Float64Array => {
    const all = new Float64Array(one.length + other.length - skip);
    all.set(one);
    all.set(other.subarray(skip), one.length);
    return all;
  };
  return {
    steps: join(before.steps, more.steps),
    times: join(before.times, more.times),
    values: join(before.values, more.values),
  };
}

/** Whether a point is among the last ones of others. */
function isKnown(before: Points, more: Points, at: number): boolean {
  for (let back = before.steps.length - 1; back >= 0; back--) {
    if (before.steps[back]! < more.steps[at]!) return false;
    const isSame =
      before.steps[back] === more.steps[at] &&
      before.times[back] === more.times[at] &&
      Object.is(before.values[back], more.values[at]);
    if (isSame) return true;
  }
  return false;
}

/** Return at most about `most` points: the first, least, greatest and last of each bucket. */
export function thinned(points: Points, most: number): Points {
  const { length } = points.values;
  if (length <= most) return points;
  const size = Math.ceil((4 * length) / most);
  const kept: number[] = [];
  for (let begin = 0; begin < length; begin += size) {
    keepExtremes(points.values, begin, Math.min(begin + size, length), kept);
  }
  const pick = (column: Float64Array): Float64Array =>
    Float64Array.from(kept, (place) => column[place]!);
  return { steps: pick(points.steps), times: pick(points.times), values: pick(points.values) };
}

function keepExtremes(values: Float64Array, begin: number, end: number, kept: number[]): void {
  let [low, high] = [-1, -1];
  const places = new Set([begin, end - 1]);
  for (let at = begin; at < end; at++) {
    const value = values[at]!;
    if (!Number.isFinite(value)) {
      if (Number.isFinite(values[at - 1] ?? NaN)) places.add(at); // one of each gap
      continue;
    }
    if (low < 0 || value < values[low]!) low = at;
    if (high < 0 || value > values[high]!) high = at;
  }
  if (low >= 0) places.add(low).add(high);
  kept.push(...[...places].sort((one, other) => one - other));
}
