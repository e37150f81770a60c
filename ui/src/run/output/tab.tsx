/** The output of a run: what it logged and printed, as it comes. */

import { useState } from "preact/hooks";
import { isLive } from "@/api/run";
import type { RunDetails } from "@/api/types";
import { Button } from "@/parts/button";
import { change } from "@/parts/location";
import { Empty, Problem, Skeleton } from "@/parts/problem";
import { chosen } from "@/run/find";
import { Lines } from "@/run/output/lines";
import { OutputBar, useWrap } from "@/run/output/toolbar";
import { useLog } from "@/run/output/use_log";
import "@/run/output/output.css";

/** The tab of the output. */
export function OutputTab({ details }: { details: RunDetails }) {
  const { run } = details;
  const live = isLive(run);
  const [first] = useState(run.status === "finished" ? "start" : "end"); // stays as it ends
  const at = chosen("at") || first;
  const filter = { level: chosen("level"), text: chosen("text") };
  const log = useLog(run.id, at, filter, live);
  const wrap = useWrap();
  const isNarrowed = filter.level !== "" || filter.text !== "";
  const isEmpty = !log.state.lines.length;
  return (
    <div class="tab-page">
      <OutputBar run={run} log={log} wrap={wrap} isNarrowed={isNarrowed} />
      <div class="tab-body">
        {log.error ? <Problem error={log.error} /> : null}
        {!isEmpty && (
          <Lines
            key={log.turn}
            log={log}
            find={filter.text}
            isWrapped={wrap.isOn}
            isNarrowed={isNarrowed}
            isLive={live}
          />
        )}
        {isEmpty && log.isLoading && <Skeleton lines={8} />}
        {isEmpty && !log.isLoading && !log.error && (
          <Nothing isNarrowed={isNarrowed} isLive={live} />
        )}
      </div>
    </div>
  );
}

function Nothing({ isNarrowed, isLive: live }: { isNarrowed: boolean; isLive: boolean }) {
  if (isNarrowed) {
    return (
      <Empty title="No lines match">
        <Button onClick={() => change({ text: undefined, level: undefined })}>
          Show the whole output
        </Button>
      </Empty>
    );
  }
  return (
    <Empty title={live ? "No output yet" : "No output"}>
      <p>What a run prints and logs is kept with it, unless TREADLE_CAPTURE_OUTPUT says no.</p>
    </Empty>
  );
}
