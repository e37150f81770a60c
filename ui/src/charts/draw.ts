/** Drawing of curves onto a canvas, or anything else that takes the same calls. */

import { within, type Curve } from "@/charts/curve";
import { colorNow } from "@/charts/look";
import type { Range } from "@/charts/options";

/** The calls of a canvas that curves need; an SVG image is made by the same ones. */
export interface Pen {
  strokeStyle: string | CanvasGradient | CanvasPattern;
  fillStyle: string | CanvasGradient | CanvasPattern;
  lineWidth: number;
  globalAlpha: number;
  setLineDash(lengths: number[]): void;
  beginPath(): void;
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  closePath(): void;
  stroke(): void;
  fill(): void;
}

/** Where values are on the canvas. */
export interface Frame {
  readonly x: Range;
  readonly toX: (value: number) => number;
  readonly toY: (value: number) => number;
  readonly top: number;
  readonly bottom: number;
  /** Pixels of the canvas per CSS pixel. */
  readonly ratio: number;
  readonly isLogY: boolean;
}

/** How much a curve stands out. */
export type Weight = "normal" | "strong";

const WIDTHS: Record<Weight, number> = { normal: 1.5, strong: 2.5 };
const FEW = 40; // points in sight, below which each is marked

/** Draw a curve: its band, the values as logged behind the smoothed ones, the curve, marks. */
export function drawCurve(pen: Pen, frame: Frame, curve: Curve, weight: Weight): void {
  const { dash } = curve.series;
  const color = colorNow(curve.series.color);
  pen.strokeStyle = color;
  pen.fillStyle = color;
  if (curve.low && curve.high) {
    pen.globalAlpha = 0.18;
    drawBand(pen, frame, curve);
  }
  if (curve.raw) {
    pen.setLineDash([]);
    pen.globalAlpha = 0.25;
    pen.lineWidth = frame.ratio;
    drawLine(pen, frame, curve, curve.raw);
  }
  pen.globalAlpha = 1;
  pen.lineWidth = WIDTHS[weight] * frame.ratio;
  pen.setLineDash(dash.map((length) => length * frame.ratio));
  drawLine(pen, frame, curve, curve.y);
  pen.setLineDash([]);
  drawMarks(pen, frame, curve);
  pen.globalAlpha = 1;
}

function isDrawn(value: number, frame: Frame): boolean {
  return Number.isFinite(value) && (!frame.isLogY || value > 0);
}

/** Draw a line, which ends at values that are not finite and goes on behind them. */
function drawLine(pen: Pen, frame: Frame, curve: Curve, values: Float64Array): void {
  const [begin, end] = within(curve, frame.x);
  let isOpen = false;
  pen.beginPath();
  for (let at = begin; at < end; at++) {
    const [x, y] = [curve.x[at]!, values[at]!];
    if (!isDrawn(y, frame) || Number.isNaN(x)) {
      isOpen = false;
      continue;
    }
    if (isOpen) pen.lineTo(frame.toX(x), frame.toY(y));
    else pen.moveTo(frame.toX(x), frame.toY(y));
    isOpen = true;
  }
  pen.stroke();
}

function drawBand(pen: Pen, frame: Frame, curve: Curve): void {
  const [begin, end] = within(curve, frame.x);
  const { low, high } = curve;
  const isThere = (at: number): boolean => isDrawn(high![at]!, frame) && isDrawn(low![at]!, frame);
  for (let from = begin; from < end; from++) {
    if (!isThere(from)) continue;
    let to = from;
    while (to < end && isThere(to)) to++;
    pen.beginPath();
    for (let at = from; at < to; at++) pen.lineTo(frame.toX(curve.x[at]!), frame.toY(high![at]!));
    for (let at = to; at-- > from;) pen.lineTo(frame.toX(curve.x[at]!), frame.toY(low![at]!));
    pen.closePath();
    pen.fill();
    from = to;
  }
}

/** Mark single points, and at the edges where values are NaN (cross) or infinite (triangle). */
function drawMarks(pen: Pen, frame: Frame, curve: Curve): void {
  const [begin, end] = within(curve, frame.x);
  const areFew = end - begin <= FEW;
  for (let at = begin; at < end; at++) {
    const [x, y] = [curve.x[at]!, curve.points.values[at]!];
    if (!(x >= frame.x[0] && x <= frame.x[1])) continue;
    if (!Number.isFinite(y)) markOdd(pen, frame, frame.toX(x), y);
    else if (areFew || isAlone(curve, at)) dot(pen, frame, frame.toX(x), curve.y[at]!);
  }
}

/** Whether a point has no neighbour that a line joins it with. */
function isAlone(curve: Curve, at: number): boolean {
  return !Number.isFinite(curve.y[at - 1] ?? NaN) && !Number.isFinite(curve.y[at + 1] ?? NaN);
}

function dot(pen: Pen, frame: Frame, x: number, value: number): void {
  if (!isDrawn(value, frame)) return;
  const y = frame.toY(value);
  const radius = 2.2 * frame.ratio;
  pen.beginPath();
  for (let corner = 0; corner < 8; corner++) {
    const angle = (corner * Math.PI) / 4;
    pen.lineTo(x + radius * Math.cos(angle), y + radius * Math.sin(angle));
  }
  pen.closePath();
  pen.fill();
}

function markOdd(pen: Pen, frame: Frame, x: number, value: number): void {
  const size = 4 * frame.ratio;
  pen.lineWidth = 1.2 * frame.ratio;
  pen.beginPath();
  if (Number.isNaN(value)) {
    const y = frame.bottom - size - frame.ratio;
    pen.moveTo(x - size, y - size);
    pen.lineTo(x + size, y + size);
    pen.moveTo(x - size, y + size);
    pen.lineTo(x + size, y - size);
    pen.stroke();
    return;
  }
  const [tip, base] =
    value > 0 ? [frame.top + 1, frame.top + 2 * size] : [frame.bottom - 1, frame.bottom - 2 * size];
  pen.moveTo(x, tip);
  pen.lineTo(x - size, base);
  pen.lineTo(x + size, base);
  pen.closePath();
  pen.fill();
}
