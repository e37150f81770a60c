/** The metrics of a run: as charts in sections, or as a table. */

import { useMemo, useRef } from "preact/hooks";
import type { MetricSummary, RunDetails, RunRecord } from "@/api/types";
import { location } from "@/parts/location";
import { Empty } from "@/parts/problem";
import { useKeptState } from "@/run/metrics/keeping";
import { Charts } from "@/run/metrics/list";
import { readState } from "@/run/metrics/state";
import { MetricsTable } from "@/run/metrics/table";
import { Toolbar } from "@/run/metrics/toolbar";
import "@/run/metrics/metrics.css";

/** What the parts of the tab are about. */
export interface Shown {
  readonly run: RunRecord;
  /** Sorted by name; the same list as long as no metric joins. */
  readonly keys: readonly string[];
  readonly summaries: ReadonlyMap<string, MetricSummary>;
}

type RunNow = Pick<RunDetails, "run" | "metrics">;

/** The tab with the metrics of a run; it grows as the page around it hears of new points. */
export function MetricsTab({ run }: { run: RunNow }) {
  const shown = useShown(run);
  const state = useMemo(() => readState(location.value.query), [location.value.query]);
  useKeptState(shown.run.experiment_id, location.value.query);
  if (!shown.keys.length) {
    return (
      <Empty title={`${run.run.name} has no metrics`}>
        <p>A program logs them by the step, and they are drawn here while it runs:</p>
        <pre>{`treadle.log_metric("train/loss", 0.25, step=1)`}</pre>
      </Empty>
    );
  }
  return (
    <section class="metrics" aria-label="Metrics">
      <Toolbar shown={shown} state={state} />
      {state.look === "table" ? (
        <MetricsTable shown={shown} state={state} />
      ) : (
        <Charts shown={shown} state={state} />
      )}
    </section>
  );
}

/** Return what is known of a run, with the same list of names as long as no metric joins. */
function useShown({ run, metrics }: RunNow): Shown {
  const before = useRef<readonly string[]>([]);
  return useMemo(() => {
    const found = metrics.map((one) => one.key).sort();
    const isSame =
      found.length === before.current.length &&
      found.every((key, at) => key === before.current[at]);
    if (!isSame) before.current = found;
    return { run, keys: before.current, summaries: new Map(metrics.map((one) => [one.key, one])) };
  }, [run, metrics]);
}
