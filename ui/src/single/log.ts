/** Answers about the log of a run in the file. */

import type { LogLine, LogPage } from "@/api/types";

const LEVELS: Readonly<Record<string, number>> = {
  DEBUG: 10,
  OUT: 20,
  ERR: 20,
  INFO: 20,
  WARNING: 30,
  ERROR: 40,
  CRITICAL: 50,
};

/** Return a page of the lines that match. */
export function logOf(lines: readonly LogLine[], query: URLSearchParams): LogPage {
  const number = (name: string, other: number): number => Number(query.get(name) ?? other);
  const least = LEVELS[query.get("level") ?? ""] ?? 0;
  const text = (query.get("text") ?? "").toLowerCase();
  const found = lines.filter(
    (line) =>
      (LEVELS[line.level] ?? 20) >= least && (!text || line.text.toLowerCase().includes(text)),
  );
  const limit = number("limit", 1000);
  const before = query.get("before");
  const shown =
    before === null
      ? found.filter((line) => line.key > number("after", 0)).slice(0, limit)
      : found.filter((line) => line.key < Number(before)).slice(-limit);
  return { lines: shown, next: shown.at(-1)?.key ?? number("after", 0), total: found.length };
}
