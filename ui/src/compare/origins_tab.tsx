/** The tab with what results come from: code, configuration, environment and data of each run. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { readDetails, type Details } from "@/api/compare";
import type { RunRow } from "@/api/types";
import { toggleBaseline } from "@/compare/chosen";
import { titleOf } from "@/compare/colors";
import { data } from "@/compare/data";
import { originsOf, type OriginLine } from "@/compare/origins";
import { textOfFact } from "@/compare/facts";
import { state, update } from "@/compare/state";
import { Button } from "@/parts/button";
import { formatCount } from "@/parts/format";
import { Empty, Problem, Skeleton } from "@/parts/problem";
import type { GridColumn } from "@/table/column";
import { Grid } from "@/table/grid";
import { Selection } from "@/table/selection";

const FIRST = 8; // runs that are read at once
const selection = new Selection();

/** The tab; the records of runs are read a few at a time. */
export function OriginsTab() {
  const runs = data.runs.value;
  const [most, setMost] = useState(FIRST);
  const { found, error } = useRecords(runs.slice(0, most));
  const { find, isOnlyDifferent, baseline } = state.value;
  const read = runs.filter((run) => found.has(run.id));
  const lines = useMemo(
    () =>
      originsOf(
        read.map((run) => found.get(run.id)!),
        { find, isOnlyDifferent },
      ),
    [found, find, isOnlyDifferent, runs],
  );
  const columns = useMemo(() => columnsOf(read, baseline), [found, runs, baseline]);
  if (error) return <Problem error={error} />;
  return (
    <>
      <Tools
        text={`${read.length} of ${formatCount(runs.length, "run")}`}
        onMore={read.length < runs.length ? () => setMost(most + FIRST) : undefined}
      />
      {!read.length && <Skeleton lines={8} />}
      {read.length > 0 && !lines.length && <Nothing />}
      {lines.length > 0 && <Table lines={lines} columns={columns} />}
    </>
  );
}

/** Read the records of runs one after the other, and show what is there. */
function useRecords(runs: readonly RunRow[]) {
  const [found, setFound] = useState<ReadonlyMap<string, Details>>(new Map());
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    let isOver = false;
    const read = async (): Promise<void> => {
      const next = new Map<string, Details>();
      for (const run of runs) {
        next.set(run.id, await readDetails(run.id));
        if (isOver) return;
      }
      setFound(next);
    };
    read().catch((failed: unknown) => isOver || setError(failed));
    return () => {
      isOver = true;
    };
  }, [runs.map((run) => run.id).join()]);
  return { found, error };
}

function Tools({ text, onMore }: { text: string; onMore: (() => void) | undefined }) {
  const { find, isOnlyDifferent } = state.value;
  return (
    <div class="tools">
      <input
        type="search"
        placeholder="Find packages, files, settings"
        aria-label="Find packages, files, settings"
        value={find}
        onInput={(event) => update({ find: event.currentTarget.value }, { replace: true })}
      />
      <Button
        aria-pressed={isOnlyDifferent}
        onClick={() => update({ isOnlyDifferent: !isOnlyDifferent })}
      >
        Only differences
      </Button>
      <span class="space" />
      <output class="muted">{text}</output>
      {onMore && <Button onClick={onMore}>Read more runs</Button>}
    </div>
  );
}

function Nothing() {
  const { find } = state.value;
  return (
    <Empty title={find ? "Nothing has this in its name" : "Nothing differs, or is recorded"}>
      {find || state.value.isOnlyDifferent ? (
        <Button onClick={() => update({ find: "", isOnlyDifferent: false })}>Show all</Button>
      ) : (
        <p>Runs of pipelines and scripts by Treadle record their code, environment and data.</p>
      )}
    </Empty>
  );
}

interface TableProps {
  readonly lines: readonly OriginLine[];
  readonly columns: readonly GridColumn<OriginLine>[];
}

function Table({ lines, columns }: TableProps) {
  return (
    <Grid
      label="Code, configuration, environment and data of the compared runs"
      columns={columns}
      count={lines.length}
      keyAt={() => undefined}
      rowAt={(index) => lines[index]}
      version={lines}
      selection={selection}
      sort={[]}
      onView={() => undefined}
      onOpen={() => undefined}
      classOf={(line) => (line.section ? " line-family" : " line-plain")}
      onSort={([key]) => key && toggleBaseline(key.id)}
      onResize={() => undefined}
      onMove={() => undefined}
      onMenu={() => undefined}
    />
  );
}

function columnsOf(runs: readonly RunRow[], baseline: string): GridColumn<OriginLine>[] {
  const base = runs.findIndex((run) => run.id === baseline);
  const key: GridColumn<OriginLine> = {
    id: "key",
    title: "what",
    width: Math.min(260, document.documentElement.clientWidth * 0.4),
    isNumber: false,
    isPinned: true,
    canSort: false,
    render: (line) =>
      line.section ? (
        <span class="family">
          {line.section} <small>{line.note}</small>
        </span>
      ) : (
        line.name
      ),
    text: (line) => line.name,
  };
  const columns = runs.map((run, at): GridColumn<OriginLine> => ({
    id: run.id,
    title: titleOf(run),
    group: at === base ? "baseline" : run.experiment,
    width: 208,
    isNumber: false,
    isPinned: false,
    canSort: true,
    render: (line) => {
      if (line.section) return null;
      const value = line.values[at];
      if (value === undefined || value === null) return <span class="absent">–</span>;
      const differs = base >= 0 ? value !== line.values[base] : false;
      return <span class={differs ? "differs" : ""}>{textOfFact(value)}</span>;
    },
    text: (line) => (line.section ? "" : textOfFact(line.values[at])),
  }));
  return [key, ...columns];
}
