/** A run as it is now, and news of it while it is running. */

import { follow } from "@/api/live";

/** The row of a run in a listing; see `RunRecord`. */
export interface RunRecord {
  readonly id: string;
  readonly name: string;
  readonly experiment: string;
  readonly experiment_id: string;
  readonly status: string;
  readonly started: number;
  readonly ended: number | null;
}

/** The summary of a metric; NaN and the infinities are texts. */
export interface MetricSummary {
  readonly key: string;
  readonly last: number | string;
  readonly last_step: number;
  readonly last_time: number;
  readonly min: number | string | null;
  readonly max: number | string | null;
  readonly mean: number | string | null;
  readonly count: number;
  readonly nan_count: number;
}

/** A run with its metrics. */
export interface RunNow {
  readonly run: RunRecord;
  readonly metrics: readonly MetricSummary[];
}

/** Follow a run until it ends; return how to stop. */
export function followRun(run: string, act: (now: RunNow) => void): () => void {
  return follow<RunNow>(`runs/${encodeURIComponent(run)}/events`, {}, "run", act);
}
