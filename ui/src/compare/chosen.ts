/** Which runs are compared, and with which one. */

import { data } from "@/compare/data";
import { state, update } from "@/compare/state";

/** Compare these runs, instead of those of a search. */
export function setRuns(ids: readonly string[]): void {
  const { baseline } = state.value;
  const kept = ids.includes(baseline) ? baseline : "";
  update({ runs: [...ids], where: "", experiments: [], baseline: kept });
}

/** Take a run out of the comparison. */
export function removeRun(id: string): void {
  setRuns(data.runs.value.map((run) => run.id).filter((one) => one !== id));
}

/** Make a run the baseline, or no longer. */
export function toggleBaseline(id: string): void {
  update({ baseline: state.value.baseline === id ? "" : id });
}
