/** Where the axes and lines of parallel coordinates are. */

import { makeAxis, type Axis } from "@/charts/axes";
import type { Size } from "@/charts/drawing";
import type { Cell } from "@/parts/format";

export interface ParallelAxis {
  readonly id: string;
  readonly title: string;
  readonly isLog: boolean;
}

export interface ParallelLine {
  readonly id: string;
  readonly color: string;
  /** A value for each axis. */
  readonly values: readonly Cell[];
}

/** The least and greatest value that is chosen; of texts, their numbers on the axis. */
export type Brush = readonly [number, number];

export interface PlacedAxis extends ParallelAxis {
  readonly x: number;
  readonly axis: Axis;
}

export interface PlacedLine extends ParallelLine {
  /** The place on each axis; null where it has no value. */
  readonly places: readonly (number | null)[];
}

export interface ParallelLayout {
  readonly size: Size;
  readonly top: number;
  readonly bottom: number;
  readonly axes: readonly PlacedAxis[];
  readonly lines: readonly PlacedLine[];
}

const SIDE = 84;
const MARGIN = 16;

/** Return the places of everything in a drawing. */
export function layOut(
  axes: readonly ParallelAxis[],
  lines: readonly ParallelLine[],
  size: Size,
): ParallelLayout {
  const [top, bottom] = [MARGIN, Math.max(MARGIN + 40, size.height - MARGIN)];
  const side = Math.min(SIDE, size.width / 6);
  const step = axes.length > 1 ? (size.width - 2 * side) / (axes.length - 1) : 0;
  const placed = axes.map((one, at) => {
    const values = lines.map((line) => line.values[at]);
    const axis = makeAxis(values, [bottom, top], { ...one, space: 56 });
    return { ...one, x: axes.length > 1 ? side + at * step : size.width / 2, axis };
  });
  const placedLines = lines.map((line) => ({
    ...line,
    places: placed.map((one, at) => one.axis.place(line.values[at])),
  }));
  return { size, top, bottom, axes: placed, lines: placedLines };
}

/** Whether a line goes through all brushes. */
export function isInBrushes(
  line: PlacedLine,
  layout: ParallelLayout,
  brushes: ReadonlyMap<string, Brush>,
): boolean {
  return layout.axes.every((one, at) => {
    const brush = brushes.get(one.id);
    if (!brush) return true;
    const rank = one.axis.rank(line.values[at]);
    return rank !== null && rank >= brush[0] && rank <= brush[1];
  });
}

const NEAR = 8;

/** Return the line that is nearest to a place, if it is near enough. */
export function lineAt(
  lines: readonly PlacedLine[],
  layout: ParallelLayout,
  [x, y]: readonly [number, number],
): PlacedLine | undefined {
  const right = layout.axes.findIndex((one) => one.x >= x);
  if (right < 1) return undefined;
  const [from, to] = [layout.axes[right - 1]!, layout.axes[right]!];
  const part = (x - from.x) / (to.x - from.x || 1);
  let best: PlacedLine | undefined;
  let least = NEAR;
  for (const line of lines) {
    const [y1 = null, y2 = null] = [line.places[right - 1], line.places[right]];
    if (y1 === null || y2 === null) continue;
    const away = Math.abs(y1 + (y2 - y1) * part - y);
    if (away < least) [best, least] = [line, away];
  }
  return best;
}

/** Return the places of the ends of a brush on an axis: the upper one first. */
export function endsOf({ axis }: PlacedAxis, brush: Brush, layout: ParallelLayout): Brush {
  const { top, bottom } = layout;
  const clamp = (place: number): number => Math.max(top, Math.min(bottom, place));
  if (axis.kind !== "text") {
    const at = (value: number, other: number): number => clamp(axis.place(value) ?? other);
    return [at(brush[1], top), at(brush[0], bottom)];
  }
  // A text takes its place on the axis and half of the way to its neighbours.
  const zero = placeOfRank(axis, 0);
  const step = placeOfRank(axis, 1) - zero;
  return [clamp(zero + step * brush[1]), clamp(zero + step * brush[0])];
}

function placeOfRank(axis: Axis, rank: number): number {
  const unit = axis.valueAt(1) - axis.valueAt(0);
  return (rank - axis.valueAt(0)) / unit;
}
