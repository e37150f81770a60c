/** The numbers along the axes of a line chart. */

import type { XAxis } from "@/charts/options";
import { formatDuration, formatMoment, formatNumber } from "@/parts/format";

/** Return a value along x as a person reads it. */
export function formatX(value: number, axis: XAxis): string {
  if (axis === "relative") return formatDuration(value);
  if (axis === "clock") return formatMoment(value);
  return formatNumber(value);
}

/** Return the name of an axis, for its caption. */
export function nameOfX(axis: XAxis): string {
  if (axis === "relative") return "time since start";
  if (axis === "clock") return "clock time";
  return axis === "step" ? "step" : axis.slice("metric:".length);
}

/** Return the number of a tick, with the digits that tell it from its neighbours. */
export function formatTick(value: number | null, increment: number): string {
  if (value === null) return "";
  const size = Math.abs(value);
  if (size >= 1e5 && (increment >= 1_000 || size >= 1e9)) return shortened(value);
  if (size >= 1e3 && increment >= 1) return formatNumber(value);
  if (size !== 0 && size < 1e-4) return formatNumber(value);
  return value.toFixed(digitsOf(increment)).replace(/^-/, "−");
}

function digitsOf(increment: number): number {
  let digits = 0;
  for (let rest = increment; digits < 8 && Math.abs(rest - Math.round(rest)) > 1e-6; rest *= 10) {
    digits++;
  }
  return digits;
}

const UNITS: readonly (readonly [number, string])[] = [
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
];

function shortened(value: number): string {
  const [unit, sign] = UNITS.find(([one]) => Math.abs(value) >= one) ?? [1, ""];
  if (Math.abs(value) >= 1e15) return formatNumber(value);
  return `${formatNumber(value / unit)}${sign}`;
}

/** Return the number of a tick of a logarithmic axis; only powers and their neighbours have one. */
export function formatLogTick(value: number | null): string {
  if (value === null) return "";
  if (value >= 1e-3 && value < 1e5) return formatNumber(value);
  return value >= 1e5 ? shortened(value) : formatNumber(value);
}

/** Return a moment as a tick: the day, the minute or the second, as the ticks are apart. */
export function formatClock(seconds: number, increment: number): string {
  const text = formatMoment(seconds);
  if (increment >= 86_400) return text.slice(0, 10);
  const time = increment >= 60 ? text.slice(11, 16) : text.slice(11);
  return text.slice(11) === "00:00:00" ? text.slice(5, 10) : time;
}

/** The distances of ticks of relative time: whole seconds, minutes, hours or days. */
export const SECONDS: number[] = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900,
  1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600, 2_592_000,
  7_776_000, 15_552_000, 31_104_000,
];
