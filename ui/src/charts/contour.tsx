/** A contour chart: a third value over two others, as colours between the points. */

import { contours } from "d3-contour";
import { useCallback, useMemo } from "preact/hooks";
import type { Axis } from "@/charts/axes";
import { numberOf } from "@/charts/axes";
import { rampAt } from "@/charts/ramp";
import { Scatter, type ScatterAxis, type ScatterPoint } from "@/charts/scatter";
import type { PointActions } from "@/charts/points_input";
import type { Cell } from "@/parts/format";
import type { ComponentChildren } from "preact";

export interface ContourPoint extends ScatterPoint {
  readonly z: Cell;
}

interface Props extends PointActions {
  readonly points: readonly ContourPoint[];
  readonly x: ScatterAxis;
  readonly y: ScatterAxis;
  /** The name of the third value. */
  readonly title: string;
  readonly selected: ReadonlySet<string>;
  readonly describe: (id: string) => ComponentChildren;
}

const COLUMNS = 72;
const ROWS = 48;
const LEVELS = 12;

/** The chart: the surface at a place is the mean of the points near it. */
export function Contour(props: Props) {
  const { points, x, y, title } = props;
  const known = useMemo(() => points.filter((point) => numberOf(point.z) !== null), [points]);
  const under = useCallback(
    (context: CanvasRenderingContext2D, axes: { x: Axis; y: Axis }) =>
      drawSurface(context, axes, known),
    [known],
  );
  const about = `${title} by ${x.title} and ${y.title}`;
  return <Scatter {...props} about={about} under={under} />;
}

interface Sample {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

type Bounds = Record<"left" | "right" | "top" | "bottom", number>;

function drawSurface(
  context: CanvasRenderingContext2D,
  axes: { x: Axis; y: Axis },
  points: readonly ContourPoint[],
): void {
  const samples = points.flatMap((point) => {
    const [x, y, z] = [axes.x.place(point.x), axes.y.place(point.y), numberOf(point.z)];
    return x === null || y === null || z === null ? [] : [{ x, y, z }];
  });
  if (samples.length < 3) return;
  const bounds = boundsOf(samples);
  const values = surfaceOf(samples, bounds);
  const low = Math.min(...samples.map((one) => one.z));
  const high = Math.max(...samples.map((one) => one.z));
  if (high <= low) return;
  const levels = Array.from({ length: LEVELS }, (_, at) => low + ((high - low) * at) / LEVELS);
  context.save();
  context.translate(bounds.left, bounds.top);
  context.scale((bounds.right - bounds.left) / COLUMNS, (bounds.bottom - bounds.top) / ROWS);
  context.globalAlpha = 0.85;
  contours()
    .size([COLUMNS, ROWS])
    .thresholds(levels)(values)
    .forEach((shape, at) => {
      context.fillStyle = rampAt((at + 0.5) / LEVELS);
      context.beginPath();
      for (const polygon of shape.coordinates) for (const ring of polygon) trace(context, ring);
      context.fill("evenodd");
    });
  context.restore();
}

function trace(context: CanvasRenderingContext2D, ring: readonly (readonly number[])[]): void {
  ring.forEach(([x = 0, y = 0], at) => (at ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.closePath();
}

function boundsOf(samples: readonly Sample[]): Bounds {
  const xs = samples.map((one) => one.x);
  const ys = samples.map((one) => one.y);
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return { left, top, right: Math.max(left + 1, ...xs), bottom: Math.max(top + 1, ...ys) };
}

/** Return the surface on a grid: the mean of the points, weighted by how near they are. */
export function surfaceOf(samples: readonly Sample[], bounds: Bounds): number[] {
  const width = (bounds.right - bounds.left) / COLUMNS;
  const height = (bounds.bottom - bounds.top) / ROWS;
  // A point counts as far as its neighbours are: with many points the surface shows more.
  const reach = Math.max(2.5, 0.7 * Math.sqrt((COLUMNS * ROWS) / samples.length));
  const places = samples.map((one) => ({
    x: (one.x - bounds.left) / width,
    y: (one.y - bounds.top) / height,
    z: one.z,
  }));
  const values = new Array<number>(COLUMNS * ROWS);
  for (let at = 0; at < values.length; at++) {
    const [x, y] = [(at % COLUMNS) + 0.5, Math.floor(at / COLUMNS) + 0.5];
    values[at] = meanNear(places, x, y, reach);
  }
  return values;
}

function meanNear(places: readonly Sample[], x: number, y: number, reach: number): number {
  let [sum, weights] = [0, 0];
  for (const one of places) {
    const away = ((one.x - x) ** 2 + (one.y - y) ** 2) / reach ** 2;
    const weight = Math.exp(-away / 2) + 1e-6 / (1 + away * away); // never without any
    sum += weight * one.z;
    weights += weight;
  }
  return sum / weights;
}
