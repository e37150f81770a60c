/** The tab "code" of a run. */

import type { RunDetails } from "@/api/run";
import type { OpenRun } from "@/run/use_run";

/** The tab "code". */
export function CodeTab({ details }: { details: RunDetails; opened?: OpenRun }) {
  return <pre>{JSON.stringify(details.run.params, null, 2)}</pre>;
}
