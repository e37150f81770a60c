/** The metrics of a run as charts. */

import type { RunDetails } from "@/api/run";
import { formatCount } from "@/parts/format";
import { Empty } from "@/parts/problem";

/** The tab of metrics. */
export function MetricsTab({ run }: { run: RunDetails }) {
  return <Empty title={formatCount(run.metrics.length, "metric")} />;
}
