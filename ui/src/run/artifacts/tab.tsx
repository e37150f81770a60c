/** The artifacts of a run, with previews. */

import type { RunDetails } from "@/api/run";
import { formatCount } from "@/parts/format";
import { Empty } from "@/parts/problem";

/** The tab of artifacts. */
export function ArtifactsTab({ run }: { run: RunDetails }) {
  return <Empty title={formatCount(run.artifacts.length, "artifact")} />;
}
