/** Axes of the charts that are drawn on a canvas: numbers, logarithms of numbers, and texts. */

import { extent } from "d3-array";
import { scaleLinear, scaleLog, scalePoint } from "d3-scale";
import { formatNumber, toNumber, type Cell } from "@/parts/format";

export interface Tick {
  readonly at: number;
  readonly label: string;
}

/** An axis: where a value is, and which value is somewhere. */
export interface Axis {
  readonly kind: "number" | "log" | "text";
  readonly title: string;
  readonly ticks: readonly Tick[];
  /** Return the place of a value; null if it has none, such as a missing one. */
  readonly place: (value: Cell) => number | null;
  /** Return the number at a place; of texts, the number of the nearest one. */
  readonly valueAt: (place: number) => number;
  /** Return a value as a number of the axis: of a text, which one it is. */
  readonly rank: (value: Cell) => number | null;
}

export interface AxisOptions {
  readonly title: string;
  readonly isLog?: boolean;
  /** Pixels for each tick. */
  readonly space?: number;
  /** Whether all of its values are whole numbers, and its ticks should be. */
  readonly isWhole?: boolean;
}

type Span = readonly [number, number];

const TEXTS = new Intl.Collator("en", { numeric: true });

/** Return the number of a value; null if it is none, or not finite. */
export function numberOf(value: Cell): number | null {
  const number = toNumber(value);
  return number !== null && Number.isFinite(number) ? number : null;
}

/** Whether values are drawn as numbers: all of them that are there. */
export function areNumbers(values: readonly Cell[]): boolean {
  let count = 0;
  for (const value of values) {
    if (value === null || value === undefined) continue;
    if (toNumber(value) === null) return false;
    count++;
  }
  return count > 0;
}

/** Return the different texts of values, in natural order. */
export function textsOf(values: readonly Cell[]): string[] {
  const texts = new Set<string>();
  for (const value of values) if (value !== null && value !== undefined) texts.add(String(value));
  return [...texts].sort(TEXTS.compare);
}

/** Return the axis of values between two places. */
export function makeAxis(values: readonly Cell[], span: Span, options: AxisOptions): Axis {
  if (!areNumbers(values)) return textAxis(textsOf(values), span, options);
  const numbers = values.flatMap((value) => numberOf(value) ?? []);
  const [low = 0, high = 1] = extent(numbers) as [number?, number?];
  if (options.isLog && low > 0) return logAxis(low, high, span, options);
  const isWhole = numbers.every(Number.isInteger);
  return numberAxis(low, high, span, { ...options, isWhole });
}

const ticksIn = (span: Span, space: number): number =>
  Math.max(2, Math.floor(Math.abs(span[1] - span[0]) / space));

function numberAxis(low: number, high: number, span: Span, options: AxisOptions): Axis {
  const margin = (high - low) * 0.04 || Math.abs(low) * 0.1 || 1;
  const scale = scaleLinear()
    .domain([low - margin, high + margin])
    .range(span);
  const all = scale.ticks(ticksIn(span, options.space ?? 64));
  const ticks = options.isWhole ? all.filter(Number.isInteger) : all;
  return {
    kind: "number",
    title: options.title,
    ticks: ticks.map((value) => ({ at: scale(value), label: formatNumber(value) })),
    place: (value) => placed(numberOf(value), scale),
    valueAt: (place) => scale.invert(place),
    rank: numberOf,
  };
}

function logAxis(low: number, high: number, span: Span, options: AxisOptions): Axis {
  const margin = (high / low) ** 0.04 || 1.1;
  const scale = scaleLog()
    .domain([low / Math.max(margin, 1.02), high * Math.max(margin, 1.02)])
    .range(span);
  const most = ticksIn(span, options.space ?? 64);
  const all = scale.ticks(most);
  const tens = all.filter((value) => Number.isInteger(Math.round(Math.log10(value) * 1e9) / 1e9));
  const ticks = tens.length >= 2 && all.length > most ? tens : all;
  return {
    kind: "log",
    title: options.title,
    ticks: ticks.map((value) => ({ at: scale(value), label: formatNumber(value) })),
    place: (value) => placed(positive(numberOf(value)), scale),
    valueAt: (place) => scale.invert(place),
    rank: (value) => positive(numberOf(value)),
  };
}

const MOST_TEXTS = 40;

function textAxis(texts: readonly string[], span: Span, options: AxisOptions): Axis {
  const scale = scalePoint<string>().domain(texts).range(span).padding(0.5);
  const every = Math.ceil(texts.length / Math.min(MOST_TEXTS, ticksIn(span, 18)));
  const ranks = new Map(texts.map((text, at) => [text, at]));
  const rank = (value: Cell): number | null =>
    value === null || value === undefined ? null : (ranks.get(String(value)) ?? null);
  const step = scale.step() * Math.sign(span[1] - span[0]) || 1;
  const first = scale(texts[0] ?? "") ?? span[0];
  return {
    kind: "text",
    title: options.title,
    ticks: texts
      .filter((_, at) => at % every === 0)
      .map((text) => ({ at: scale(text) ?? span[0], label: text })),
    place: (value) =>
      value === null || value === undefined ? null : (scale(String(value)) ?? null),
    valueAt: (place) => (place - first) / step,
    rank,
  };
}

const positive = (value: number | null): number | null =>
  value !== null && value > 0 ? value : null;

const placed = (value: number | null, scale: (value: number) => number): number | null =>
  value === null ? null : scale(value);
