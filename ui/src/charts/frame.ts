/** The frame of a chart with two axes: grid, ticks and titles. */

import type { Axis } from "@/charts/axes";
import type { Size } from "@/charts/drawing";
import type { Look } from "@/charts/look";

/** The places inside the axes. */
export interface Area {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Return the area of a chart; a narrow one has less room for the labels. */
export function areaOf({ width, height }: Size): Area {
  const left = width < 480 ? 60 : 72;
  return {
    left,
    right: Math.max(left + 20, width - 20),
    top: 16,
    bottom: Math.max(60, height - 44),
  };
}

/** Draw both axes. */
export function drawFrame(
  context: CanvasRenderingContext2D,
  area: Area,
  axes: { readonly x: Axis; readonly y: Axis },
  look: Look,
): void {
  context.lineWidth = 1;
  context.strokeStyle = look.line;
  context.fillStyle = look.muted;
  drawRows(context, area, axes.y);
  drawColumns(context, area, axes.x);
  context.fillStyle = look.text;
  context.textAlign = "center";
  context.textBaseline = "bottom";
  const bottom = area.bottom + 40;
  context.fillText(
    shorten(context, axes.x.title, area.right - area.left),
    middle(area, "x"),
    bottom,
  );
  context.save();
  context.translate(12, middle(area, "y"));
  context.rotate(-Math.PI / 2);
  context.fillText(shorten(context, axes.y.title, area.bottom - area.top), 0, 4);
  context.restore();
}

const middle = (area: Area, along: "x" | "y"): number =>
  along === "x" ? (area.left + area.right) / 2 : (area.top + area.bottom) / 2;

function drawRows(context: CanvasRenderingContext2D, area: Area, axis: Axis): void {
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const { at, label } of axis.ticks) {
    strokeLine(context, area.left, at, area.right, at);
    context.fillText(shorten(context, label, area.left - 26), area.left - 8, at);
  }
}

function drawColumns(context: CanvasRenderingContext2D, area: Area, axis: Axis): void {
  context.textAlign = "center";
  context.textBaseline = "top";
  const room = (area.right - area.left) / Math.max(1, axis.ticks.length);
  let end = -Infinity;
  for (const { at, label } of axis.ticks) {
    strokeLine(context, at, area.top, at, area.bottom);
    const text = shorten(context, label, Math.max(40, room - 4));
    const half = context.measureText(text).width / 2;
    if (at - half < end) continue;
    context.fillText(text, at, area.bottom + 8);
    end = at + half + 4;
  }
}

/** Draw a line on whole pixels. */
export function strokeLine(
  context: CanvasRenderingContext2D,
  x1: number,
  y1: number,
  x2: number,
  y2: number,
): void {
  context.beginPath();
  context.moveTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
  context.lineTo(Math.round(x2) + 0.5, Math.round(y2) + 0.5);
  context.stroke();
}

/** Return a text that fits, with an ellipsis where it does not. */
export function shorten(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  let [low, high] = [0, text.length];
  while (low < high) {
    const half = Math.ceil((low + high) / 2);
    if (context.measureText(`${text.slice(0, half)}…`).width <= width) low = half;
    else high = half - 1;
  }
  return `${text.slice(0, low)}…`;
}

/** Draw a point with an edge, so that points above each other can be told apart. */
export function drawPoint(
  context: CanvasRenderingContext2D,
  [x, y]: readonly [number, number],
  radius: number,
  colors: { readonly fill: string; readonly edge: string },
): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = colors.fill;
  context.fill();
  context.strokeStyle = colors.edge;
  context.stroke();
}
