/** The rows of a text: a line each, or several where it is wrapped or too long to draw. */

/** A piece of a line. */
export interface CodeRow {
  readonly line: number;
  readonly from: number;
  readonly to: number;
}

/** The rows as columns of numbers, for texts of many lines. */
export interface CodeRows {
  readonly count: number;
  at(index: number): CodeRow | undefined;
  /** Return the row that a position is in. */
  indexOf(line: number, column: number): number;
}

/** The longest piece that is drawn at once: one line may be the whole file. */
export const WIDEST = 2_000;

/** The most rows: browsers scroll no higher elements. */
export const MOST_ROWS = 800_000;

/** Return the rows of lines, none longer than a number of characters. */
export function rowsOf(lines: readonly string[], width: number): CodeRows {
  const lineOf: number[] = [];
  const fromOf: number[] = [];
  for (let line = 0; line < lines.length && lineOf.length < MOST_ROWS; line++) {
    const { length } = lines[line]!;
    for (let from = 0; from === 0 || from < length; from += width) {
      lineOf.push(line);
      fromOf.push(from);
      if (lineOf.length >= MOST_ROWS) break;
    }
  }
  const at = (index: number): CodeRow | undefined => {
    const line = lineOf[index];
    if (line === undefined) return undefined;
    const from = fromOf[index]!;
    return { line, from, to: Math.min(from + width, lines[line]!.length) };
  };
  const indexOf = (line: number, column: number): number => {
    const first = firstOf(lineOf, line);
    return Math.min(first + Math.floor(column / width), lineOf.length - 1);
  };
  return { count: lineOf.length, at, indexOf };
}

function firstOf(lineOf: readonly number[], line: number): number {
  let [low, high] = [0, lineOf.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lineOf[middle]! < line) low = middle + 1;
    else high = middle;
  }
  return low;
}
