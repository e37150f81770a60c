/** Where a text occurs in lines, in any case. */

export interface Match {
  readonly line: number;
  readonly from: number;
  readonly to: number;
}

/** The most matches that are counted. */
export const MOST_MATCHES = 10_000;

/** Return the matches of a text, in order. */
export function findAll(lines: readonly string[], text: string): Match[] {
  const wanted = text.toLowerCase();
  const matches: Match[] = [];
  if (!wanted) return matches;
  for (let line = 0; line < lines.length; line++) {
    const content = lines[line]!.toLowerCase();
    let from = content.indexOf(wanted);
    while (from >= 0) {
      matches.push({ line, from, to: from + wanted.length });
      if (matches.length >= MOST_MATCHES) return matches;
      from = content.indexOf(wanted, from + wanted.length);
    }
  }
  return matches;
}

/** Return the matches in each line that has any. */
export function byLine(matches: readonly Match[]): Map<number, Match[]> {
  const lines = new Map<number, Match[]>();
  for (const one of matches) {
    const there = lines.get(one.line);
    if (there) there.push(one);
    else lines.set(one.line, [one]);
  }
  return lines;
}
