/** What a screen reader says of a chart. */

import { formatX, nameOfX } from "@/charts/axes_text";
import type { Curve } from "@/charts/curve";
import type { Scene } from "@/charts/plot";
import { formatCount, formatNumber } from "@/parts/format";

const NAMED = 6;

/** Return a sentence on a chart, and one on each of its first curves. */
export function describe(title: string, scene: Scene): string {
  const { curves, options, x } = scene;
  const range = `${formatX(x[0], options.x)} to ${formatX(x[1], options.x)}`;
  const count = formatCount(curves.length, "curve");
  const head = `${title}: ${count} by ${nameOfX(options.x)}, ${range}.`;
  const rest = curves.length > NAMED ? ` And ${curves.length - NAMED} more.` : "";
  return `${head} ${curves.slice(0, NAMED).map(describeCurve).join(" ")}${rest}`;
}

function describeCurve(curve: Curve): string {
  const { values } = curve.points;
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low && value > -Infinity) low = value;
    if (value > high && value < Infinity) high = value;
  }
  if (low > high) return `${curve.series.label}: no numbers.`;
  const ends = `from ${formatNumber(values[0]!)} to ${formatNumber(values.at(-1)!)}`;
  const extremes = `least ${formatNumber(low)}, greatest ${formatNumber(high)}`;
  return `${curve.series.label}: ${ends}, ${extremes}.`;
}
