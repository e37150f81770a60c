/** How a chart is drawn; all of it is text in the address, and can be kept and shared. */

import { NO_SMOOTHING, type Smoothing } from "@/charts/smooth";

/** The first and last value of an axis. */
export type Range = readonly [number, number];

/** What is along x: `step`, `relative` (seconds), `clock`, or `metric:NAME`. */
export type XAxis = "step" | "relative" | "clock" | `metric:${string}`;

/** The settings of a chart. */
export interface ChartOptions {
  readonly x: XAxis;
  readonly logX: boolean;
  readonly logY: boolean;
  readonly smoothing: Smoothing;
  /** The range of y; by the curves if missing. */
  readonly y?: Range | undefined;
}

/** A linear chart of all steps. */
export const PLAIN: ChartOptions = {
  x: "step",
  logX: false,
  logY: false,
  smoothing: NO_SMOOTHING,
};

/** Return the metric along x; empty if another thing is. */
export function metricOf(x: XAxis): string {
  return x.startsWith("metric:") ? x.slice("metric:".length) : "";
}

/** Return the text of an axis as an x axis. */
export function parseXAxis(text: string | null | undefined): XAxis {
  if (text === "relative" || text === "clock" || text?.startsWith("metric:")) return text as XAxis;
  return "step";
}

/** Return the text of a smoothing, such as `ema:0.6`; empty for none. */
export function formatSmoothing({ kind, amount }: Smoothing): string {
  return kind === "none" ? "" : `${kind}:${amount}`;
}

/** Return the smoothing that a text names; none if it is not valid. */
export function parseSmoothing(text: string | null | undefined): Smoothing {
  const [kind, number] = (text ?? "").split(":");
  const amount = Number(number);
  if (!(amount > 0)) return NO_SMOOTHING;
  if (kind === "ema") return { kind, amount: Math.min(0.999, amount) };
  if (kind === "gaussian" || kind === "mean") return { kind, amount: Math.min(500, amount) };
  return NO_SMOOTHING;
}

/** Return the text of a range, such as `0..1.5`; empty for none. */
export function formatRange(range: Range | null | undefined): string {
  return range ? range.map((end) => Number(end.toPrecision(12))).join("..") : "";
}

/** Return the range that a text names; undefined if it names none. */
export function parseRange(text: string | null | undefined): Range | undefined {
  const parts = (text ?? "").split("..");
  if (parts.length !== 2 || parts.some((one) => !one.trim())) return undefined;
  const [low, high] = parts.map(Number) as [number, number];
  return Number.isFinite(low) && Number.isFinite(high) && low < high ? [low, high] : undefined;
}
