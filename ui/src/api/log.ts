/** Calls for the lines that a run logged and printed. */

import { get } from "@/api/client";
import type { LogLine, LogPage } from "@/api/types";

export type { LogLine, LogPage };

/** Which lines of a run to read. */
export interface LogAsk {
  readonly run: string;
  readonly after?: number | undefined;
  /** Ask for the last lines before this key. */
  readonly before?: number | undefined;
  readonly limit?: number;
  /** The lowest level. */
  readonly level?: string;
  readonly text?: string;
}

/** A key after that of every line, to read the end of a log. */
export const END = Number.MAX_SAFE_INTEGER;

/** Read some lines of a run. */
export function readLog(ask: LogAsk, signal?: AbortSignal): Promise<LogPage> {
  return get("run/log", { ...ask }, signal);
}

const CLOSE = 500;

/** Read the lines between two moments, the first ones if there are many. */
export async function readLogBetween(
  run: string,
  first: number,
  last: number,
  limit: number,
  signal?: AbortSignal,
): Promise<LogLine[]> {
  const [begin, end] = await Promise.all([
    readLog({ run, limit: 1 }, signal),
    readLog({ run, before: END, limit: 1 }, signal),
  ]);
  let low = (begin.lines[0]?.key ?? 1) - 1;
  let high = end.lines[0]?.key ?? 0;
  while (high - low > CLOSE) {
    const middle = Math.floor((low + high) / 2);
    const { lines, next } = await readLog({ run, after: middle, limit: 1 }, signal);
    if (!lines[0] || lines[0].time >= first) high = middle;
    else low = Math.max(next, middle);
  }
  const { lines } = await readLog({ run, after: low, limit: CLOSE + limit }, signal);
  return lines.filter((line) => line.time >= first && line.time <= last).slice(0, limit);
}
