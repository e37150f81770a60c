/** The table with keys as rows and runs as columns. */

import { useMemo } from "preact/hooks";
import type { RunRow } from "@/api/types";
import { toggleBaseline } from "@/compare/chosen";
import { colorOfRun, titleOf } from "@/compare/colors";
import { data } from "@/compare/data";
import type { Field } from "@/compare/fields";
import { KeyCell } from "@/compare/key_cell";
import type { Line } from "@/compare/rows";
import { state } from "@/compare/state";
import { textOf, Value } from "@/compare/value";
import { readKept, writeKept } from "@/parts/kept";
import { Status } from "@/parts/status";
import type { GridColumn } from "@/table/column";
import { Grid } from "@/table/grid";
import type { Selection } from "@/table/selection";
import { useState } from "preact/hooks";

const WIDTHS = "compare.widths";
const KEY_WIDTH = 240;
const RUN_WIDTH = 128;
const WITH_DELTA = 152;

interface Props {
  readonly lines: readonly Line[];
  readonly selection: Selection;
}

/** The table; a click on the head of a run makes it the baseline. */
export function KeysTable({ lines, selection }: Props) {
  const runs = data.runs.value;
  const { baseline, reversed, summary } = state.value;
  const [widths, setWidths] = useState(() => readKept<Record<string, number>>(WIDTHS, {}));
  const base = runs.find((run) => run.id === baseline);
  const columns = useMemo(() => columnsOf(runs, base, widths), [runs, base, widths]);
  const resize = (id: string, width: number): void => {
    const next = { ...widths, [id === "key" ? "key" : "run"]: width };
    setWidths(next);
    writeKept(WIDTHS, next);
  };
  const see = (first: number, last: number): void => {
    const seen = lines.slice(first, last + 1);
    data.want(seen.flatMap((line) => (line.kind === "key" ? [line.field] : [])));
  };
  const looks = [baseline, reversed.join(), styleKey(), summary].join(" ");
  const version = `${data.version.value} ${lines.length} ${looks}`;
  return (
    <Grid
      label="Values of the compared runs"
      columns={columns}
      count={lines.length}
      keyAt={(index) => keyOf(lines[index])}
      rowAt={(index) => lines[index]}
      version={version}
      selection={selection}
      sort={[]}
      onView={see}
      onOpen={() => undefined}
      classOf={(line) => (line.kind === "key" ? "" : ` line-${line.kind}`)}
      onSort={([key]) => key && toggleBaseline(key.id)}
      onResize={resize}
      onMove={() => undefined}
      onMenu={(id) => id !== "key" && toggleBaseline(id)}
    />
  );
}

const keyOf = (line: Line | undefined): number | undefined =>
  line?.kind === "key" ? line.at : undefined;

const styleKey = (): string => state.value.colors.join();

function columnsOf(
  runs: readonly RunRow[],
  base: RunRow | undefined,
  widths: Readonly<Record<string, number>>,
): GridColumn<Line>[] {
  const key: GridColumn<Line> = {
    id: "key",
    title: "key",
    width: widths["key"] ?? Math.min(KEY_WIDTH, document.documentElement.clientWidth * 0.4),
    isNumber: false,
    isPinned: true,
    canSort: false,
    render: (line) => <KeyCell line={line} />,
    text: (line) => (line.kind === "key" ? line.field.key : ""),
  };
  const ordered = base ? [base, ...runs.filter((run) => run !== base)] : runs;
  const width = widths["run"] ?? (base ? WITH_DELTA : RUN_WIDTH);
  return [key, ...ordered.map((run) => columnOf(run, base, width))];
}

function columnOf(run: RunRow, base: RunRow | undefined, width: number): GridColumn<Line> {
  const isBase = run === base;
  return {
    id: run.id,
    title: titleOf(run),
    group: isBase ? "baseline" : run.experiment,
    hint: `${titleOf(run)} · a click ${isBase ? "compares with no run" : "compares all with it"}`,
    width,
    isNumber: true,
    isPinned: isBase,
    canSort: true,
    render: (line) => {
      if (line.kind === "runs") return <RunMark run={run} />;
      if (line.kind !== "key") return null;
      const value = data.cell(line.field, run);
      if (value === undefined) return <span class="waiting" aria-label="Loading" />;
      const other = base && !isBase ? (data.cell(line.field, base) ?? null) : undefined;
      return <Value field={line.field} value={value} base={other} />;
    },
    text: (line) => (line.kind === "key" ? textOfCell(line.field, run) : ""),
  };
}

const textOfCell = (field: Field, run: RunRow): string => {
  const value = data.cell(field, run);
  return typeof value === "number" && field.family !== "attributes"
    ? String(value)
    : textOf(field, value);
};

function RunMark({ run }: { run: RunRow }) {
  return (
    <span class="run-mark">
      <i style={{ background: colorOfRun(run.id) }} />
      <Status status={run.status} />
    </span>
  );
}
