/** A run as it is now, and news of it while it is running. */

import { follow } from "@/api/live";
import type { MetricSummary, RunRecord } from "@/api/types";

/** A run with its metrics. */
export interface RunNow {
  readonly run: RunRecord;
  readonly metrics: readonly MetricSummary[];
}

/** Follow a run until it ends; return how to stop. */
export function followRun(run: string, act: (now: RunNow) => void): () => void {
  return follow<RunNow>(`runs/${encodeURIComponent(run)}/events`, {}, "run", act);
}
