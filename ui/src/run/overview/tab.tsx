/** The first tab of a run: what went wrong, what it is about, and how good it is. */

import type { RunDetails } from "@/api/types";
import { useBaseline } from "@/run/baseline";
import { Differences } from "@/run/overview/differences";
import { Failure } from "@/run/overview/failure";
import { Figures } from "@/run/overview/figures";
import { MainMetrics } from "@/run/overview/metrics";
import { Models } from "@/run/overview/models";
import { NodesAtAGlance } from "@/run/overview/nodes";
import { Note } from "@/run/overview/note";
import { Tags } from "@/run/overview/tags";
import type { OpenRun } from "@/run/use_run";
import "@/run/overview/overview.css";

/** The overview. */
export function OverviewTab({ opened, details }: { opened: OpenRun; details: RunDetails }) {
  const { run } = details;
  const baseline = useBaseline(run);
  return (
    <div class="overview">
      <div class="overview-main">
        {run.error && <Failure details={details} />}
        {run.dropped > 0 && <Dropped count={run.dropped} />}
        <MainMetrics details={details} baseline={baseline} />
        <NodesAtAGlance details={details} />
        <Note opened={opened} run={run} />
      </div>
      <div class="overview-side">
        <Differences details={details} baseline={baseline} />
        <Tags opened={opened} run={run} />
        <Models details={details} />
        <Figures details={details} />
      </div>
    </div>
  );
}

function Dropped({ count }: { count: number }) {
  return (
    <p class="notice" role="status">
      {`${count} of what it logged could not be stored, as its output says.`}
    </p>
  );
}
