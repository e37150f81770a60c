/** Saving of charts as files. */

import { colorNow, look } from "@/charts/look";
import type { Plot, Scene } from "@/charts/plot";
import type { ChartSeries } from "@/charts/series";

const HEAD = 28; // CSS pixels of the title
const ROW = 16;
const COLUMN = 220;
const MOST = 60; // names in the legend of a picture

/** Let the browser save a file. */
export function saveFile(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1_000);
}

/** Return a title as the name of a file. */
export function fileName(title: string, ending: string): string {
  return `${title.replace(/[^\p{L}\p{N}._-]+/gu, "-").slice(0, 100) || "chart"}.${ending}`;
}

/** Where the names of curves are in a picture, in CSS pixels. */
export interface LegendPlace {
  readonly series: ChartSeries;
  readonly left: number;
  readonly top: number;
}

/** Return the size of a picture of a chart, and where its parts are. */
export function layoutOf(plot: Plot, scene: Scene) {
  const { width, height } = plot.chart;
  const series = scene.curves.length > 1 ? scene.curves.map((curve) => curve.series) : [];
  const columns = Math.max(1, Math.floor(width / COLUMN));
  const names: LegendPlace[] = series.slice(0, MOST).map((one, at) => ({
    series: one,
    left: 12 + (at % columns) * COLUMN,
    top: HEAD + height + 8 + Math.floor(at / columns) * ROW,
  }));
  const rows = Math.ceil(names.length / columns);
  return { width, height: HEAD + height + (rows ? rows * ROW + 16 : 0), head: HEAD, names };
}

/** Save a chart as a picture, with its title and legend. */
export async function savePng(plot: Plot, title: string, scene: Scene): Promise<void> {
  const source = plot.chart.ctx.canvas;
  const ratio = source.width / plot.chart.width;
  const layout = layoutOf(plot, scene);
  const canvas = document.createElement("canvas");
  canvas.width = layout.width * ratio;
  canvas.height = layout.height * ratio;
  const pen = canvas.getContext("2d")!;
  pen.fillStyle = look.value.back;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(source, 0, layout.head * ratio);
  pen.scale(ratio, ratio);
  pen.fillStyle = look.value.text;
  pen.font = "600 13px system-ui, sans-serif";
  pen.fillText(title, 12, 19);
  pen.font = "11px system-ui, sans-serif";
  for (const one of layout.names) drawName(pen, one);
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done));
  if (!blob) throw new Error("The browser could not make a picture of this chart.");
  saveFile(fileName(title, "png"), blob);
}

function drawName(pen: CanvasRenderingContext2D, { series, left, top }: LegendPlace): void {
  pen.strokeStyle = colorNow(series.color);
  pen.lineWidth = 2;
  pen.setLineDash([...series.dash]);
  pen.beginPath();
  pen.moveTo(left, top);
  pen.lineTo(left + 18, top);
  pen.stroke();
  pen.fillText(series.label, left + 24, top + 4, COLUMN - 32);
}

/** Save the points of series as a table. */
export function saveCsv(title: string, series: readonly ChartSeries[]): void {
  saveFile(fileName(title, "csv"), new Blob([toCsv(series)], { type: "text/csv" }));
}

/** Return the points of series as CSV. */
export function toCsv(series: readonly ChartSeries[]): string {
  const lines = ["run,metric,step,time,value"];
  for (const { run, key, label, points } of series) {
    const name = `${quoted(run)},${quoted(key || label)}`;
    for (let at = 0; at < points.steps.length; at++) {
      lines.push(`${name},${points.steps[at]},${points.times[at]},${points.values[at]}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

function quoted(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text; // no formulas in spreadsheets
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
