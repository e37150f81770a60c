/** Colours of curves that the colour-blind and a printer can tell apart: after Okabe and Ito. */

/** How a curve looks. */
export interface LineStyle {
  readonly color: string;
  /** Lengths of dashes and gaps; none for a solid line. */
  readonly dash: readonly number[];
}

/** Twelve colours of different lightness; they name a curve's colour in the dark, too. */
export const COLORS: readonly string[] = [
  "#0072b2",
  "#d55e00",
  "#009e73",
  "#cc79a7",
  "#e69f00",
  "#56b4e9",
  "#8b5fbf",
  "#a0674b",
  "#b3a100",
  "#7f8790",
  "#00a0a8",
  "#c8374e",
];

/** The same colours where the page is dark. */
const ON_BLACK: readonly string[] = [
  "#4ca6e0",
  "#f08038",
  "#33c498",
  "#dd94bc",
  "#efb02e",
  "#8fd0f5",
  "#b08ee0",
  "#c98f72",
  "#cfc03a",
  "#a3acb6",
  "#35c4cc",
  "#ee7084",
];

/** Return a colour as it is shown: lighter where the page is dark, if it is one of these. */
export function shownColor(color: string, isDark: boolean): string {
  return isDark ? (ON_BLACK[COLORS.indexOf(color)] ?? color) : color;
}

/** Dash patterns, from solid to dotted. */
export const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 3], [9, 3, 2, 3]];

const SOLID = 8;

/** Return the style of the nth curve: dashed beyond eight, so that colour never stands alone. */
export function styleAt(index: number): LineStyle {
  const color = COLORS[index % COLORS.length]!;
  const round = Math.floor(index / COLORS.length);
  const isLater = index % COLORS.length >= SOLID;
  return { color, dash: DASHES[(round + (isLater ? 1 : 0)) % DASHES.length]! };
}

/**
 * Return a style for each of some runs, or of other things with an id.
 *
 * The same ids get the same styles on every page and in every browser. An id has a place of its
 * own; where two of them share one, the later id takes the next free place. As ids grow with time,
 * a run that joins others leaves their colours as they are.
 */
export function stylesOf(ids: Iterable<string>): Map<string, LineStyle> {
  const sorted = [...new Set(ids)].sort();
  const rounds = Math.max(1, Math.ceil(sorted.length / COLORS.length));
  const taken: string[][] = Array.from({ length: rounds }, () => Array(COLORS.length).fill(""));
  const styles = new Map<string, LineStyle>();
  sorted.forEach((id, at) => {
    const row = taken[Math.floor(at / COLORS.length)]!;
    let place = hashOf(id) % COLORS.length;
    while (row[place]) place = (place + 1) % COLORS.length;
    row[place] = id;
    styles.set(id, styleAt(Math.floor(at / COLORS.length) * COLORS.length + place));
  });
  return styles;
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5; // FNV-1a
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
  }
  return (hash ^ (hash >>> 15)) >>> 0;
}
