/** The output of a run: what it logged and printed, as it comes. */

import { useEffect, useState } from "preact/hooks";
import { isLive, type RunDetails } from "@/api/run";
import { plainOf } from "@/parts/ansi_codes";
import { Button } from "@/parts/button";
import { formatCount } from "@/parts/format";
import { readKept, writeKept } from "@/parts/kept";
import { change, location } from "@/parts/location";
import { Empty, Problem, Skeleton } from "@/parts/problem";
import { notifyError } from "@/parts/toast";
import { chosen } from "@/run/find";
import { Lines } from "@/run/output/lines";
import { readWhole } from "@/run/output/log_window";
import { useLog, type ShownLog } from "@/run/output/use_log";

const LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"];
const PAUSE = 250; // milliseconds without typing after which is searched

/** The tab of the output. */
export function OutputTab({ details }: { details: RunDetails }) {
  const { run } = details;
  const live = isLive(run);
  const fallback = run.status === "finished" ? "start" : "end";
  const at = chosen("at") || fallback;
  const filter = { level: chosen("level"), text: chosen("text") };
  const log = useLog(run.id, at, filter, live);
  const [isWrapped, setWrapped] = useState(readKept("wrap", true));
  const wrap = (): void => {
    writeKept("wrap", !isWrapped);
    setWrapped(!isWrapped);
  };
  const isNarrowed = filter.level !== "" || filter.text !== "";
  return (
    <div class="tab-page">
      <div class="tab-bar">
        <TextField />
        <LevelField />
        <Places hasFailed={run.error !== null} />
        <Button aria-pressed={isWrapped} onClick={wrap}>
          Wrap
        </Button>
        <Download details={details} />
        <span class="space" />
        <small class="muted" role="status">
          {countText(log, isNarrowed)}
        </small>
      </div>
      <div class="tab-body">
        {log.error ? <Problem error={log.error} /> : null}
        {log.state.lines.length > 0 ? (
          <Lines
            key={`${at} ${filter.level} ${filter.text}`}
            log={log}
            find={filter.text}
            isWrapped={isWrapped}
            isNarrowed={isNarrowed}
            isLive={live}
          />
        ) : log.isLoading ? (
          <Skeleton lines={8} />
        ) : (
          !log.error && <Nothing isNarrowed={isNarrowed} isLive={live} />
        )}
      </div>
    </div>
  );
}

function countText({ state }: ShownLog, isNarrowed: boolean): string {
  return `${formatCount(state.total, "line")}${isNarrowed ? " match" : ""}`;
}

/** The field of the search, which waits for a pause. */
function TextField() {
  const now = chosen("text");
  const [text, setText] = useState(now);
  useEffect(() => setText(now), [now]);
  useEffect(() => {
    if (text === now) return undefined;
    const apply = (): void => change({ text, at: undefined }, { replace: true });
    const timer = setTimeout(apply, PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <input
      type="search"
      class="find"
      placeholder="Search the output"
      aria-label="Search the output"
      value={text}
      onInput={(event) => setText(event.currentTarget.value)}
    />
  );
}

function LevelField() {
  return (
    <select
      aria-label="Lowest level"
      value={chosen("level")}
      onChange={(event) => change({ level: event.currentTarget.value, at: undefined })}
    >
      <option value="">All levels</option>
      {LEVELS.map((level) => (
        <option key={level} value={level}>
          {level === "CRITICAL" ? level : `${level} and above`}
        </option>
      ))}
    </select>
  );
}

/** Go to the start, the end, or the error. */
function Places({ hasFailed }: { hasFailed: boolean }) {
  const show = (at: string) => () => {
    const query = { at, text: undefined, level: undefined };
    if (location.value.query.get("at") === at) change({ at: undefined }, { replace: true });
    change(at === "error" ? query : { at }, { replace: true });
  };
  return (
    <span class="segments" role="group" aria-label="Go to">
      <button type="button" onClick={show("start")}>
        Start
      </button>
      <button type="button" onClick={show("end")}>
        End
      </button>
      {hasFailed && (
        <button type="button" class="bad-text" onClick={show("error")}>
          Error
        </button>
      )}
    </span>
  );
}

function Download({ details }: { details: RunDetails }) {
  const [count, setCount] = useState<number | null>(null);
  const { id, name } = details.run;
  const save = async (): Promise<void> => {
    try {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(await readWhole(id, plainOf, setCount));
      link.download = `${name || id}.log`.replace(/[/\\]/g, "-");
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    } catch (error) {
      notifyError(error);
    } finally {
      setCount(null);
    }
  };
  return (
    <Button icon="download" disabled={count !== null} onClick={() => void save()}>
      {count === null ? "Download" : formatCount(count, "line")}
    </Button>
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
