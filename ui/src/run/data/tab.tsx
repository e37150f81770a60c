/** The tab "data" of a run. */

import type { RunDetails } from "@/api/run";
import type { OpenRun } from "@/run/use_run";

/** The tab "data". */
export function DataTab({ details }: { details: RunDetails; opened?: OpenRun }) {
  return <pre>{JSON.stringify(details.run.params, null, 2)}</pre>;
}
