/** The tab with all values: params, metrics, tags and attributes. */

import { useEffect, useMemo } from "preact/hooks";
import { data } from "@/compare/data";
import { fieldOf, summarised, SUMMARIES, type Summary } from "@/compare/fields";
import { KeysTable } from "@/compare/keys_table";
import { linesOf, type Line } from "@/compare/rows";
import { RunsTable } from "@/compare/runs_table";
import { state, update } from "@/compare/state";
import { Button } from "@/parts/button";
import { formatCount } from "@/parts/format";
import { Empty } from "@/parts/problem";
import { Selection } from "@/table/selection";

const keys = new Selection();
const rows = new Selection();

/** The tab. */
export function TableTab() {
  const { find, isOnlyDifferent, isTurned, summary } = state.value;
  const all = data.fields.value;
  const fields = useMemo(() => all.map((one) => summarised(one, summary)), [all, summary]);
  const version = data.version.value;
  const lines = useMemo(
    () => linesOf(fields, { find, isOnlyDifferent }),
    [fields, version, find, isOnlyDifferent, data.runs.value],
  );
  useEffect(() => keys.clear(), [fields, find, isOnlyDifferent]);
  const isEmpty = !lines.some((line) => line.kind === "key");
  return (
    <>
      <Tools lines={lines} />
      {isEmpty ? (
        <Nothing />
      ) : isTurned ? (
        <RunsTable lines={lines} selection={rows} />
      ) : (
        <KeysTable lines={lines} selection={keys} />
      )}
    </>
  );
}

function Nothing() {
  const { find } = state.value;
  return (
    <Empty title={find ? `No key has “${find}” in its name` : "Nothing differs between these runs"}>
      <Button onClick={() => update({ find: "", isOnlyDifferent: false })}>Show all keys</Button>
    </Empty>
  );
}

function Tools({ lines }: { lines: readonly Line[] }) {
  const { find, isOnlyDifferent, isTurned } = state.value;
  const count = lines.filter((line) => line.kind === "key").length;
  return (
    <div class="tools">
      <input
        type="search"
        placeholder="Find keys"
        aria-label="Find keys"
        value={find}
        onInput={(event) => update({ find: event.currentTarget.value }, { replace: true })}
      />
      <Button
        aria-pressed={isOnlyDifferent}
        onClick={() => update({ isOnlyDifferent: !isOnlyDifferent })}
      >
        Only differences
      </Button>
      <Button aria-pressed={isTurned} onClick={() => update({ isTurned: !isTurned })}>
        Runs as rows
      </Button>
      <SummarySelect />
      <DrawSelected lines={lines} />
      <span class="space" />
      <output class="muted" aria-live="polite">
        {formatCount(count, "key")}
        {data.isComplete.value ? "" : ", reading …"}
      </output>
    </div>
  );
}

const TITLES: Record<Summary, string> = {
  last: "Last values",
  min: "Least values",
  max: "Greatest values",
  mean: "Means",
};

/** The choice of the value that metrics show. */
function SummarySelect() {
  return (
    <select
      aria-label="Which value of metrics"
      value={state.value.summary}
      onChange={(event) => update({ summary: event.currentTarget.value as Summary })}
    >
      {SUMMARIES.map((one) => (
        <option key={one} value={one}>
          {TITLES[one]}
        </option>
      ))}
    </select>
  );
}

/** A button for selected metrics: their curves. */
function DrawSelected({ lines }: { lines: readonly Line[] }) {
  const selected = keys.keys.value;
  if (state.value.isTurned || !selected.size) return null;
  const metrics = lines.flatMap((line) =>
    line.kind === "key" && selected.has(line.at) && line.field.family === "metrics"
      ? [fieldOf("metrics", line.field.key).id]
      : [],
  );
  return (
    <Button
      icon="chart"
      tone="primary"
      disabled={!metrics.length}
      onClick={() => update({ tab: "curves", curves: metrics.slice(0, 50) })}
    >
      Curves of {formatCount(metrics.length, "metric")}
    </Button>
  );
}
