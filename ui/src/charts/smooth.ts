/** Smoothing of curves. */

/** How a curve is smoothed; `none` draws it as it is. */
export interface Smoothing {
  readonly kind: "none" | "ema" | "gaussian" | "mean";
  /** The weight of the past of `ema` (0 to 0.999), or the width of the others in points. */
  readonly amount: number;
}

/** No smoothing. */
export const NO_SMOOTHING: Smoothing = { kind: "none", amount: 0 };

const FINEST = 1000;

/**
 * Return the distance along x that counts as one point.
 *
 * For a short curve that is the distance of its points, so that smoothing is the textbook's. A long
 * one counts as 1,000 points, so that a strength means the same for a hundred and for a million.
 */
export function unitOf(extent: readonly [number, number], count: number): number {
  return (extent[1] - extent[0]) / Math.max(1, Math.min(FINEST, count - 1)) || 1;
}

/** Return how far a smoothed value depends on others, as a distance along x. */
export function reachOf({ kind, amount }: Smoothing, unit: number): number {
  if (kind === "ema") return (7 * unit) / (1 - amount);
  if (kind === "gaussian") return 3 * amount * unit;
  return kind === "mean" ? (amount * unit) / 2 : 0;
}

/** Return the smoothed values of a curve; what is not finite stays, and parts it. */
export function smooth(
  x: Float64Array,
  y: Float64Array,
  smoothing: Smoothing,
  unit: number,
): Float64Array {
  if (smoothing.kind === "ema") return averageOfPast(x, y, smoothing.amount, unit);
  if (smoothing.kind === "mean") return weighed(x, y, (smoothing.amount * unit) / 2, () => 1);
  if (smoothing.kind === "gaussian") {
    const width = smoothing.amount * unit;
    return weighed(x, y, 3 * width, (distance) => BELL[Math.round((distance / width) * FINE)]!);
  }
  return y;
}

/** The exponential moving average, without its bias to the first values. */
function averageOfPast(
  x: Float64Array,
  y: Float64Array,
  weight: number,
  unit: number,
): Float64Array {
  const result = new Float64Array(y.length);
  let [sum, total, before] = [0, 0, NaN];
  for (let at = 0; at < y.length; at++) {
    const value = y[at]!;
    result[at] = value;
    if (!Number.isFinite(value)) continue;
    const past = Number.isNaN(before) ? 0 : weight ** Math.max(0, (x[at]! - before) / unit);
    const share = Number.isNaN(before) ? 1 - weight || 1 : 1 - past;
    sum = sum * past + value * share;
    total = total * past + share;
    before = x[at]!;
    result[at] = total > 0 ? sum / total : value;
  }
  return result;
}

const FINE = 64;
const BELL = Float64Array.from({ length: 3 * FINE + 2 }, (_, at) =>
  Math.exp(-0.5 * (at / FINE) ** 2),
);

/** The mean of the values around each point, weighed by their distance. */
function weighed(
  x: Float64Array,
  y: Float64Array,
  reach: number,
  weigh: (distance: number) => number,
): Float64Array {
  const result = new Float64Array(y.length);
  const near = reach * (1 + 1e-9); // so that rounding leaves none out
  let begin = 0;
  for (let at = 0; at < y.length; at++) {
    const centre = x[at]!;
    while (centre - x[begin]! > near) begin++;
    if (!Number.isFinite(y[at]!)) {
      result[at] = y[at]!;
      continue;
    }
    result[at] = meanAround(x, y, { begin, centre, near }, weigh);
  }
  return result;
}

function meanAround(
  x: Float64Array,
  y: Float64Array,
  window: { begin: number; centre: number; near: number },
  weigh: (distance: number) => number,
): number {
  let [sum, total] = [0, 0];
  for (let at = window.begin; at < x.length && x[at]! - window.centre <= window.near; at++) {
    const value = y[at]!;
    if (!Number.isFinite(value)) continue;
    const weight = weigh(Math.min(window.near, Math.abs(x[at]! - window.centre)));
    sum += weight * value;
    total += weight;
  }
  return sum / total;
}
