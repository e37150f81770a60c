/** Colours of numbers, from low to high, which the colour-blind can tell apart, too. */

import { scaleLinear } from "d3-scale";
import { areNumbers, numberOf, textsOf } from "@/charts/axes";
import { colorNow } from "@/charts/look";
import { styleAt } from "@/charts/palette";
import { formatNumber, type Cell } from "@/parts/format";

const STOPS = [
  "#440154",
  "#46317e",
  "#365c8d",
  "#277f8e",
  "#1fa187",
  "#4ac16d",
  "#a0da39",
  "#fde725",
];
const PARTS = STOPS.map((_, at) => at / (STOPS.length - 1));
const scale = scaleLinear<string>().domain(PARTS).range(STOPS).clamp(true);

const WIDE = 100; // beyond this ratio most values would have the same colour

/** The colour of what has no value. */
export const NO_COLOR = "#8a919a";

/** Return the colour of a part of a range, from 0 to 1. */
export function rampAt(part: number): string {
  return scale(part);
}

/** Colours of the values of a field, and what they mean. */
export interface Coloring {
  readonly colorOf: (value: Cell) => string;
  /** Colours with their values: some of a range of numbers, all of texts. */
  readonly keys: readonly { readonly color: string; readonly label: string }[];
  readonly isRange: boolean;
}

/** Return the colours of values: a ramp for numbers, and the palette for texts. */
export function colorsOf(values: readonly Cell[], isLog = false): Coloring {
  if (!areNumbers(values)) return ofTexts(textsOf(values));
  const numbers = values.flatMap((value) => numberOf(value) ?? []);
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const isWide = low > 0 && (isLog || high / low >= WIDE);
  const bend = isWide ? Math.log : (value: number): number => value;
  const size = bend(high) - bend(low) || 1;
  return {
    isRange: true,
    colorOf: (value) => {
      const number = numberOf(value);
      return number === null ? NO_COLOR : rampAt((bend(number) - bend(low)) / size);
    },
    keys: [
      { color: rampAt(0), label: formatNumber(low) },
      { color: rampAt(1), label: formatNumber(high) },
    ],
  };
}

function ofTexts(texts: readonly string[]): Coloring {
  const colors = new Map(texts.map((text, at) => [text, colorNow(styleAt(at).color)]));
  return {
    isRange: false,
    colorOf: (value) => colors.get(String(value)) ?? NO_COLOR,
    keys: texts.map((text) => ({ color: colors.get(text)!, label: text })),
  };
}
