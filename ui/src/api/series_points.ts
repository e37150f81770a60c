/** Calls for all points of a metric. */

import { get } from "@/api/client";
import type { Outline, SeriesName } from "@/api/series";

type Columns = Omit<Outline, "run" | "key">;

/** Read every point of a series, exactly as logged. */
export async function readSeries(name: SeriesName, signal?: AbortSignal): Promise<Outline> {
  const { run, key } = name;
  return { run, key, ...(await get<Columns>("run/points", { run, key }, signal)) };
}
