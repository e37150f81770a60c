/** A chart as an SVG drawing. */

import type uPlot from "uplot";
import { drawCurve, type Frame, type Pen } from "@/charts/draw";
import { colorNow, look } from "@/charts/look";
import type { Plot, Scene } from "@/charts/plot";
import { fileName, layoutOf, saveFile, type LegendPlace } from "@/charts/save";

const FONT = "system-ui, sans-serif";

/** A pen that writes paths. */
class SvgPen implements Pen {
  readonly parts: string[] = [];
  strokeStyle: Pen["strokeStyle"] = "";
  fillStyle: Pen["fillStyle"] = "";
  lineWidth = 1;
  globalAlpha = 1;
  private dash: number[] = [];
  private path: string[] = [];

  setLineDash(lengths: number[]): void {
    this.dash = lengths;
  }

  beginPath(): void {
    this.path = [];
  }

  moveTo(x: number, y: number): void {
    if (Number.isFinite(x + y)) this.path.push(`M${short(x)} ${short(y)}`);
  }

  lineTo(x: number, y: number): void {
    if (!Number.isFinite(x + y)) return;
    this.path.push(`${this.path.length ? "L" : "M"}${short(x)} ${short(y)}`);
  }

  closePath(): void {
    this.path.push("Z");
  }

  stroke(): void {
    const dash = this.dash.length ? ` stroke-dasharray="${this.dash.join(" ")}"` : "";
    this.add(`fill="none" stroke="${this.strokeStyle}" stroke-width="${this.lineWidth}"${dash}`);
  }

  fill(): void {
    this.add(`fill="${this.fillStyle}"`);
  }

  private add(style: string): void {
    if (!this.path.length) return;
    const alpha = this.globalAlpha < 1 ? ` opacity="${this.globalAlpha}"` : "";
    this.parts.push(`<path d="${this.path.join("")}" ${style}${alpha}/>`);
  }
}

/** Save a chart as a drawing. */
export function saveSvg(plot: Plot, title: string, scene: Scene): void {
  const content = new Blob([toSvg(plot, title, scene)], { type: "image/svg+xml" });
  saveFile(fileName(title, "svg"), content);
}

/** Return a chart as SVG, with its title, axes and legend. */
export function toSvg(plot: Plot, title: string, scene: Scene): string {
  const layout = layoutOf(plot, scene);
  const frame = inCssPixels(plot.frame());
  const { over } = plot.chart;
  const [left, top] = [over.offsetLeft, over.offsetTop];
  const [width, height] = [over.clientWidth, over.clientHeight];
  const pen = new SvgPen();
  for (const curve of scene.curves) drawCurve(pen, frame, curve, "normal");
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${layout.width}" height="${layout.height}">`,
    `<rect width="100%" height="100%" fill="${look.value.back}"/>`,
    text(12, 19, title, `font-size="13" font-weight="600" fill="${look.value.text}"`),
    `<g transform="translate(0 ${layout.head})">`,
    ...axesOf(plot, [left, top, width, height]),
    `<clipPath id="c"><rect x="${left}" y="${top}" `,
    `width="${width}" height="${height}"/></clipPath>`,
    `<g clip-path="url(#c)" stroke-linejoin="round">${pen.parts.join("")}</g></g>`,
    ...layout.names.map(nameOf),
    "</svg>",
  ].join("\n");
}

function nameOf({ series, left, top }: LegendPlace): string {
  const dash = series.dash.length ? ` stroke-dasharray="${series.dash.join(" ")}"` : "";
  const stroke = `stroke="${colorNow(series.color)}" stroke-width="2"${dash}`;
  const line = `<path d="M${left} ${top}h18" ${stroke}/>`;
  return line + text(left + 24, top + 4, series.label, `font-size="11" fill="${look.value.text}"`);
}

/** What uPlot keeps of the ticks that it has drawn. */
interface Ticks extends uPlot.Axis {
  readonly _splits?: readonly number[] | null;
  readonly _values?: readonly (string | null)[] | null;
}

function axesOf(
  plot: Plot,
  [left, top, width, height]: [number, number, number, number],
): string[] {
  const { chart } = plot;
  const style = `font-size="11" fill="${look.value.muted}"`;
  const line = (path: string): string => `<path d="${path}" stroke="${look.value.line}"/>`;
  const ticks = (at: number): [number, string][] => {
    const { _splits, _values } = chart.axes[at] as Ticks;
    return (_splits ?? []).map((value, place) => [value, _values?.[place] ?? ""]);
  };
  return [
    ...ticks(0).flatMap(([value, name]) => {
      const x = short(left + chart.valToPos(value, "x"));
      const label = text(x, top + height + 16, name, `${style} text-anchor="middle"`);
      return [line(`M${x} ${top}v${height}`), label];
    }),
    ...ticks(1).flatMap(([value, name]) => {
      const y = short(top + chart.valToPos(value, "y"));
      const label = text(left - 6, y + 4, name, `${style} text-anchor="end"`);
      return [line(`M${left} ${y}h${width}`), label];
    }),
  ];
}

function inCssPixels(frame: Frame): Frame {
  const { ratio } = frame;
  return {
    ...frame,
    toX: (value) => frame.toX(value) / ratio,
    toY: (value) => frame.toY(value) / ratio,
    top: frame.top / ratio,
    bottom: frame.bottom / ratio,
    ratio: 1,
  };
}

function short(value: number): number {
  return Math.round(value * 100) / 100;
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function text(x: number, y: number, content: string, style: string): string {
  const safe = content.replace(/[&<>"]/g, (one) => ENTITIES[one]!);
  return `<text x="${x}" y="${y}" font-family="${FONT}" ${style}>${safe}</text>`;
}
