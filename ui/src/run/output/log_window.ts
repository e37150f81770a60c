/** A part of a log without gaps, which grows at both ends as one scrolls. */

import { END, readLog, type LogLine } from "@/api/log";

/** Which lines are shown. */
export interface Filter {
  readonly level: string;
  readonly text: string;
}

/** The lines that are held, and whether there are others around them. */
export interface LogState {
  readonly lines: readonly LogLine[];
  /** The number of all matching lines. */
  readonly total: number;
  readonly hasBefore: boolean;
  readonly hasAfter: boolean;
}

/** A log of which nothing is read. */
export const EMPTY: LogState = { lines: [], total: 0, hasBefore: false, hasAfter: false };

const PAGE = 1000;
const MOST = 100_000; // lines held; far ends are let go

/** Read the first lines. */
export async function readStart(
  run: string,
  filter: Filter,
  signal: AbortSignal,
): Promise<LogState> {
  const page = await readLog({ run, ...filter, limit: PAGE }, signal);
  const hasAfter = page.lines.length < page.total;
  return { lines: page.lines, total: page.total, hasBefore: false, hasAfter };
}

/** Read the last lines. */
export async function readEnd(run: string, filter: Filter, signal: AbortSignal): Promise<LogState> {
  const page = await readLog({ run, ...filter, before: END, limit: PAGE }, signal);
  const hasBefore = page.lines.length < page.total;
  return { lines: page.lines, total: page.total, hasBefore, hasAfter: false };
}

/** Read the lines around one. */
export async function readAround(
  run: string,
  filter: Filter,
  key: number,
  signal: AbortSignal,
): Promise<LogState> {
  const half = PAGE / 2;
  const [before, after] = await Promise.all([
    readLog({ run, ...filter, before: key, limit: half }, signal),
    readLog({ run, ...filter, after: key - 1, limit: half }, signal),
  ]);
  return {
    lines: [...before.lines, ...after.lines],
    total: after.total,
    hasBefore: before.lines.length === half,
    hasAfter: after.lines.length === half,
  };
}

/** Return a log with the lines before its first one. */
export async function extendBack(
  run: string,
  filter: Filter,
  now: LogState,
  signal: AbortSignal,
): Promise<LogState> {
  const before = now.lines[0]?.key ?? END;
  const page = await readLog({ run, ...filter, before, limit: PAGE }, signal);
  const all = [...page.lines, ...now.lines];
  return {
    lines: all.slice(0, MOST),
    total: page.total,
    hasBefore: page.lines.length === PAGE,
    hasAfter: now.hasAfter || all.length > MOST,
  };
}

/** Return a log with the lines after its last one; the same one if there are none. */
export async function extendOn(
  run: string,
  filter: Filter,
  now: LogState,
  signal: AbortSignal,
): Promise<LogState> {
  const after = now.lines.at(-1)?.key ?? 0;
  const page = await readLog({ run, ...filter, after, limit: PAGE }, signal);
  if (!page.lines.length && !now.hasAfter && page.total === now.total) return now;
  const all = [...now.lines, ...page.lines];
  return {
    lines: all.slice(-MOST),
    total: page.total,
    hasBefore: now.hasBefore || all.length > MOST,
    hasAfter: page.lines.length === PAGE,
  };
}

/** Return the key of the line where a run went wrong; undefined if its log does not say. */
export async function findError(run: string, signal: AbortSignal): Promise<number | undefined> {
  const severe = await readLog({ run, level: "ERROR", before: END, limit: 1 }, signal);
  if (severe.lines[0]) return severe.lines[0].key;
  const text = "Traceback (most recent call last)";
  return (await readLog({ run, text, before: END, limit: 1 }, signal)).lines[0]?.key;
}

/** Read a whole log as text, without colours, telling how many lines are read. */
export async function readWhole(
  run: string,
  plain: (text: string) => string,
  onProgress: (lines: number) => void,
): Promise<Blob> {
  const parts: string[] = [];
  let after = 0;
  let count = 0;
  for (;;) {
    const page = await readLog({ run, after, limit: 5000 });
    if (!page.lines.length) return new Blob(parts, { type: "text/plain" });
    for (const line of page.lines) {
      const time = new Date(line.time * 1000).toISOString();
      parts.push(`${time} ${line.level.padEnd(8)} ${line.logger}: ${plain(line.text)}\n`);
    }
    after = page.next;
    count += page.lines.length;
    onProgress(count);
  }
}
