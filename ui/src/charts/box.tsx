/** Box plots: how the numbers of each group are spread, with a point for each. */

import type { ComponentChildren } from "preact";
import { useCallback, useMemo } from "preact/hooks";
import { quantileSorted } from "d3-array";
import { makeAxis, numberOf, textsOf, type Axis } from "@/charts/axes";
import { Drawing, placeOf, useSize, type Draw, type Size } from "@/charts/drawing";
import { areaOf, drawFrame, drawPoint, strokeLine } from "@/charts/frame";
import type { Look } from "@/charts/look";
import { usePoints, type Hit, type PointActions } from "@/charts/points_input";
import type { ScatterAxis, ScatterPoint } from "@/charts/scatter";
import { Tip } from "@/charts/tip";

/** The quartiles of numbers, and the last numbers within 1.5 times their distance. */
export interface Box {
  readonly name: string;
  readonly count: number;
  readonly low: number;
  readonly first: number;
  readonly median: number;
  readonly third: number;
  readonly high: number;
}

/** Return the box of numbers; null without any. */
export function boxOf(name: string, numbers: readonly number[]): Box | null {
  if (!numbers.length) return null;
  const sorted = [...numbers].sort((one, other) => one - other);
  const at = (part: number): number => quantileSorted(sorted, part)!;
  const [first, median, third] = [at(0.25), at(0.5), at(0.75)];
  const reach = 1.5 * (third - first);
  const inside = sorted.filter((value) => value >= first - reach && value <= third + reach);
  return {
    name,
    count: sorted.length,
    low: inside[0]!,
    first,
    median,
    third,
    high: inside.at(-1)!,
  };
}

interface Props extends PointActions {
  /** Points whose x is their group. */
  readonly points: readonly ScatterPoint[];
  readonly x: ScatterAxis;
  readonly y: ScatterAxis;
  readonly selected: ReadonlySet<string>;
  readonly describe: (id: string) => ComponentChildren;
}

const WIDEST = 72;
const SPREAD = 0.6;

/** The chart. */
export function BoxPlot(props: Props) {
  const { points, selected, x, y } = props;
  const [frame, size] = useSize();
  const scene = useMemo(
    () => sceneOf(points, x, y, size),
    [points, x.title, y.title, y.isLog, size],
  );
  const input = usePoints(scene.hits, selected, props);
  const { active, box } = input;
  const draw = useCallback<Draw>(
    (context, look) => drawBoxes(context, look, { ...scene, selected, active }),
    [scene, selected, active],
  );
  const said = scene.boxes.map((one) => `${one.name}: median ${one.median}`).slice(0, 10);
  const label = `${y.title} by ${x.title}. ${said.join(", ")}`;
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
    </Drawing>
  );
}

interface Scene {
  readonly size: Size;
  readonly axes: { readonly x: Axis; readonly y: Axis };
  readonly boxes: readonly Box[];
  readonly hits: readonly Hit[];
  readonly width: number;
}

function sceneOf(
  points: readonly ScatterPoint[],
  x: ScatterAxis,
  y: ScatterAxis,
  size: Size,
): Scene {
  const area = areaOf(size);
  // Groups are texts, also where they are numbers: each has its place.
  const named = points.map((point) => ({ ...point, x: nameOf(point.x) }));
  const names = textsOf(named.map((point) => point.x));
  const across = makeAxis(names.length ? names.map(asText) : [""], [area.left, area.right], x);
  const axes = {
    x: {
      ...across,
      ticks: names.map((name) => ({ at: across.place(asText(name))!, label: name })),
    },
    y: makeAxis(
      points.map((point) => point.y),
      [area.bottom, area.top],
      { ...y, space: 44 },
    ),
  };
  const width = Math.min(WIDEST, (SPREAD * (area.right - area.left)) / Math.max(1, names.length));
  const boxes = names.flatMap((name) => {
    const own = named.filter((point) => point.x === name);
    return (
      boxOf(
        name,
        own.flatMap((point) => numberOf(point.y) ?? []),
      ) ?? []
    );
  });
  const hits = named.flatMap((point, at) => {
    const place = axes.y.place(point.y);
    if (place === null) return [];
    const aside = (((at * 0.618034) % 1) - 0.5) * width * 0.7; // spread, and the same every time
    return [{ ...point, x: axes.x.place(asText(point.x))! + aside, y: place, radius: 3 }];
  });
  return { size, axes, boxes, hits, width };
}

/** Axes take numbers for numbers; a sign in front keeps a name a text. */
const asText = (name: string): string => `\u200b${name}`;

const nameOf = (value: ScatterPoint["x"]): string =>
  value === null || value === undefined ? "none" : String(value);

function drawBoxes(
  context: CanvasRenderingContext2D,
  look: Look,
  scene: Scene & { selected: ReadonlySet<string>; active: Hit | undefined },
): void {
  const { axes, boxes, hits, width, selected, active } = scene;
  drawFrame(context, areaOf(scene.size), axes, look);
  for (const one of boxes) drawBox(context, look, axes, { box: one, width });
  context.lineWidth = 1;
  for (const hit of hits) {
    context.globalAlpha = selected.size && !selected.has(hit.id) ? 0.2 : 0.85;
    drawPoint(context, [hit.x, hit.y], hit.radius, { fill: hit.color, edge: look.back });
  }
  context.globalAlpha = 1;
  if (active) drawPoint(context, [active.x, active.y], 6, { fill: active.color, edge: look.text });
}

function drawBox(
  context: CanvasRenderingContext2D,
  look: Look,
  axes: Scene["axes"],
  { box, width }: { box: Box; width: number },
): void {
  const x = axes.x.place(asText(box.name))!;
  const y = (value: number): number => axes.y.place(value) ?? 0;
  context.strokeStyle = look.muted;
  context.lineWidth = 1;
  strokeLine(context, x, y(box.low), x, y(box.first));
  strokeLine(context, x, y(box.third), x, y(box.high));
  for (const end of [box.low, box.high]) {
    strokeLine(context, x - width / 5, y(end), x + width / 5, y(end));
  }
  context.fillStyle = look.line;
  context.globalAlpha = 0.7;
  context.fillRect(x - width / 2, y(box.third), width, y(box.first) - y(box.third));
  context.globalAlpha = 1;
  context.strokeRect(x - width / 2, y(box.third), width, y(box.first) - y(box.third));
  context.strokeStyle = look.text;
  context.lineWidth = 2;
  strokeLine(context, x - width / 2, y(box.median), x + width / 2, y(box.median));
}
