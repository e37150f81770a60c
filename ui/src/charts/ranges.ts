/** The ranges of axes. */

import { within, type Curve } from "@/charts/curve";
import type { Range } from "@/charts/options";

class Extent {
  low = Infinity;
  high = -Infinity;

  constructor(private readonly isLog: boolean) {}

  add(value: number): void {
    if (!Number.isFinite(value) || (this.isLog && value <= 0)) return;
    if (value < this.low) this.low = value;
    if (value > this.high) this.high = value;
  }

  addAll(values: Float64Array | null, begin: number, end: number): void {
    if (values) for (let at = begin; at < end; at++) this.add(values[at]!);
  }
}

/** Return the range of x of all curves. */
export function rangeOfX(curves: readonly Curve[], isLog: boolean): Range {
  const extent = new Extent(isLog);
  for (const curve of curves) extent.addAll(curve.x, 0, curve.x.length);
  if (extent.low > extent.high) return isLog ? [1, 10] : [0, 1];
  if (extent.low < extent.high) return [extent.low, extent.high];
  return isLog ? [extent.low / 2, extent.low * 2] : [extent.low - 0.5, extent.low + 0.5];
}

/** Return the range of y of the curves within a range of x, with a margin. */
export function rangeOfY(curves: readonly Curve[], x: Range, isLog: boolean): Range {
  const extent = new Extent(isLog);
  for (const curve of curves) {
    const [begin, end] = inside(curve, x);
    extent.addAll(curve.y, begin, end);
    extent.addAll(curve.raw, begin, end);
    extent.addAll(curve.low, begin, end);
    extent.addAll(curve.high, begin, end);
  }
  const { low, high } = extent;
  if (low > high) return isLog ? [1, 10] : [0, 1];
  if (isLog) {
    const margin = low === high ? 2 : (high / low) ** 0.05;
    return [low / margin, high * margin];
  }
  const margin = low === high ? Math.abs(low) * 0.1 || 1 : (high - low) * 0.05;
  return [low - margin, high + margin];
}

/** Return the places of the points within a range of x, but not those just outside. */
function inside(curve: Curve, x: Range): [number, number] {
  let [begin, end] = within(curve, x);
  if (!curve.isSorted) return [begin, end];
  while (begin < end && curve.x[begin]! < x[0]) begin++;
  while (end > begin && curve.x[end - 1]! > x[1]) end--;
  return begin < end ? [begin, end] : within(curve, x);
}
