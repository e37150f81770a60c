/** The environment of a run. */

import type { RunDetails } from "@/api/run";

/** The tab of the environment. */
export function EnvironmentTab({ details }: { details: RunDetails }) {
  return <pre>{details.snapshots.environment?.python}</pre>;
}
