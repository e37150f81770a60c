/** What narrows the output, and where one goes in it. */

import { useEffect, useState } from "preact/hooks";
import type { RunRecord } from "@/api/types";
import { plainOf } from "@/parts/ansi_codes";
import { Button } from "@/parts/button";
import { formatCount } from "@/parts/format";
import { readKept, writeKept } from "@/parts/kept";
import { change, location } from "@/parts/location";
import { notifyError } from "@/parts/toast";
import { chosen } from "@/run/find";
import { readWhole } from "@/run/output/log_window";
import type { ShownLog } from "@/run/output/use_log";

const LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"];
const PAUSE = 250; // milliseconds without typing after which is searched

/** Whether long lines are broken. */
export interface Wrap {
  readonly isOn: boolean;
  toggle(): void;
}

/** Return whether long lines are broken, as this browser keeps it. */
export function useWrap(): Wrap {
  const [isOn, setOn] = useState(readKept("output.wrap", true));
  const toggle = (): void => {
    writeKept("output.wrap", !isOn);
    setOn(!isOn);
  };
  return { isOn, toggle };
}

interface BarProps {
  readonly run: RunRecord;
  readonly log: ShownLog;
  readonly wrap: Wrap;
  readonly isNarrowed: boolean;
}

/** The bar above the output. */
export function OutputBar({ run, log, wrap, isNarrowed }: BarProps) {
  return (
    <div class="tab-bar">
      <TextField />
      <LevelField />
      <Places hasFailed={run.error !== null} />
      <Button aria-pressed={wrap.isOn} onClick={wrap.toggle}>
        Wrap
      </Button>
      <Download run={run} />
      <span class="space" />
      <small class="muted" role="status">
        {`${formatCount(log.state.total, "line")}${isNarrowed ? " match" : ""}`}
      </small>
    </div>
  );
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
      class="run-find"
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

function Download({ run }: { run: RunRecord }) {
  const [count, setCount] = useState<number | null>(null);
  const { id, name } = run;
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
