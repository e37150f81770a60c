/** Calls for the points of metrics. */

import { post } from "@/api/client";

export interface SeriesName {
  readonly run: string;
  readonly key: string;
}

/** A metric as columns, reduced so that it draws the same picture. */
export interface Outline extends SeriesName {
  readonly steps: readonly number[];
  readonly times: readonly number[];
  readonly values: readonly (number | string)[];
}

const MOST = 500;

/** Read outlines of series, in the order asked. */
export async function readOutlines(
  series: readonly SeriesName[],
  buckets: number,
  signal?: AbortSignal,
  range: { first?: number; last?: number } = {},
): Promise<Outline[]> {
  const parts: Promise<Outline[]>[] = [];
  for (let at = 0; at < series.length; at += MOST) {
    const body = { series: series.slice(at, at + MOST), buckets, ...range };
    parts.push(post("series/outlines", body, signal));
  }
  return (await Promise.all(parts)).flat();
}
