/** Calls on experiments. */

import { get, post } from "@/api/client";

export interface Experiment {
  readonly id: string;
  readonly name: string;
  readonly deleted: number | null;
  readonly tags: Readonly<Record<string, string>>;
}

export interface ExperimentSummary {
  readonly experiment: Experiment;
  readonly runs: number;
  readonly newest: number | null;
}

export interface ExperimentChange {
  readonly name?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly deleted?: boolean;
}

/** List all experiments. */
export function listExperiments(signal?: AbortSignal): Promise<ExperimentSummary[]> {
  return get("experiments", {}, signal);
}

/** Rename, tag, delete or restore an experiment. */
export function changeExperiment(
  experiment: string,
  change: ExperimentChange,
): Promise<Experiment> {
  return post("experiment/change", { experiment, ...change });
}
