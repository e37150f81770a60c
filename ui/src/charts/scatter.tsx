/** A scatter chart: a point for each of some things, such as runs. */

import type { ComponentChildren } from "preact";
import { useCallback, useMemo } from "preact/hooks";
import { makeAxis, type Axis } from "@/charts/axes";
import { Drawing, placeOf, useSize, type Draw, type Size } from "@/charts/drawing";
import { areaOf, drawFrame, drawPoint } from "@/charts/frame";
import { usePoints, type Hit, type PointActions } from "@/charts/points_input";
import type { Look } from "@/charts/look";
import { Tip } from "@/charts/tip";
import type { Cell } from "@/parts/format";

export interface ScatterPoint {
  readonly id: string;
  readonly label: string;
  readonly x: Cell;
  readonly y: Cell;
  readonly color: string;
  readonly radius: number;
}

export interface ScatterAxis {
  readonly title: string;
  readonly isLog: boolean;
}

interface Props extends PointActions {
  readonly points: readonly ScatterPoint[];
  readonly x: ScatterAxis;
  readonly y: ScatterAxis;
  /** Ids of the points that stand out; none for all. */
  readonly selected: ReadonlySet<string>;
  /** What is beside the point that is pointed at. */
  readonly describe: (id: string) => ComponentChildren;
  /** What is drawn, where it is more than y by x. */
  readonly about?: string;
  /** Draw below the points. */
  readonly under?: (context: CanvasRenderingContext2D, axes: { x: Axis; y: Axis }) => void;
}

/** The chart: dragging selects points, a click opens one; arrow keys go from one to the next. */
export function Scatter(props: Props) {
  const { points, selected, x, y } = props;
  const [frame, size] = useSize();
  const axes = useAxes(points, x, y, size);
  const hits = useMemo(() => hitsOf(points, axes), [points, axes]);
  const input = usePoints(hits, selected, props);
  const { active, box } = input;
  const scene = { hits, size, selected, active, axes, under: props.under };
  const draw = useCallback<Draw>(
    (context, look) => drawScene(context, look, scene),
    [hits, size, selected, active, props.under],
  );
  const about = props.about ?? `${y.title} by ${x.title}`;
  const label = `${about}, ${hits.length} points. Arrow keys go through them.`;
  return (
    <Drawing
      label={label}
      draw={draw}
      size={size}
      frame={frame}
      {...input.handlers(frame, placeOf)}
    >
      {box && <i class="box-of-points" style={box} />}
      {active && (
        <Tip x={active.x} y={active.y} width={size.width}>
          {props.describe(active.id)}
        </Tip>
      )}
      {points.length > hits.length && (
        <p class="left-out muted">{points.length - hits.length} without both values</p>
      )}
    </Drawing>
  );
}

interface Scene {
  readonly hits: readonly Hit[];
  readonly size: Size;
  readonly selected: ReadonlySet<string>;
  readonly active: Hit | undefined;
  readonly axes: { x: Axis; y: Axis };
  readonly under: Props["under"];
}

function drawScene(context: CanvasRenderingContext2D, look: Look, scene: Scene): void {
  const { hits, selected, active, axes } = scene;
  drawFrame(context, areaOf(scene.size), axes, look);
  scene.under?.(context, axes);
  context.lineWidth = 1;
  for (const hit of [...hits].sort((one, other) => other.radius - one.radius)) {
    context.globalAlpha = selected.size > 0 && !selected.has(hit.id) ? 0.2 : 0.9;
    drawPoint(context, [hit.x, hit.y], hit.radius, { fill: hit.color, edge: look.back });
  }
  context.globalAlpha = 1;
  if (active) drawPoint(context, [active.x, active.y], active.radius + 2, edge(active, look.text));
}

const edge = (hit: Hit, color: string): { fill: string; edge: string } => ({
  fill: hit.color,
  edge: color,
});

function useAxes(
  points: readonly ScatterPoint[],
  x: ScatterAxis,
  y: ScatterAxis,
  size: Size,
): { x: Axis; y: Axis } {
  const key = `${x.title} ${x.isLog} ${y.title} ${y.isLog}`;
  return useMemo(() => {
    const area = areaOf(size);
    const valuesOf = (along: "x" | "y"): Cell[] => points.map((point) => point[along]);
    return {
      x: makeAxis(valuesOf("x"), [area.left, area.right], { ...x, space: 90 }),
      y: makeAxis(valuesOf("y"), [area.bottom, area.top], { ...y, space: 44 }),
    };
  }, [points, key, size]);
}

function hitsOf(points: readonly ScatterPoint[], axes: { x: Axis; y: Axis }): Hit[] {
  return points.flatMap((point) => {
    const [x, y] = [axes.x.place(point.x), axes.y.place(point.y)];
    return x === null || y === null ? [] : [{ ...point, x, y }];
  });
}
