/** The tab "overview" of a run. */

import type { RunDetails } from "@/api/run";
import type { OpenRun } from "@/run/use_run";

/** The tab "overview". */
export function OverviewTab({ details }: { details: RunDetails; opened?: OpenRun }) {
  return <pre>{JSON.stringify(details.run.params, null, 2)}</pre>;
}
