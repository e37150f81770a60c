/** The table with runs as rows and keys as columns. */

import { useMemo, useState } from "preact/hooks";
import type { RunRow } from "@/api/types";
import { colorOfRun, titleOf } from "@/compare/colors";
import { data } from "@/compare/data";
import { parseField, type Field } from "@/compare/fields";
import type { Line } from "@/compare/rows";
import { sortRuns } from "@/compare/sort_runs";
import { state, toggledIn, update } from "@/compare/state";
import { textOf, Value } from "@/compare/value";
import { readKept, writeKept } from "@/parts/kept";
import { Link } from "@/parts/link";
import { go, linkTo } from "@/parts/location";
import type { GridColumn } from "@/table/column";
import { Grid } from "@/table/grid";
import type { Selection } from "@/table/selection";
import { formatSort, parseSort } from "@/table/sorting";

const WIDTH = 112;
const WIDTHS = "compare.key-widths";

interface Props {
  readonly lines: readonly Line[];
  readonly selection: Selection;
}

/** The table; the heads of keys sort it. */
export function RunsTable({ lines, selection }: Props) {
  const runs = data.runs.value;
  const { baseline, sort, reversed } = state.value;
  const [widths, setWidths] = useState(() => readKept<Record<string, number>>(WIDTHS, {}));
  const fields = lines.flatMap((line) => (line.kind === "key" ? [line.field] : []));
  const base = runs.find((run) => run.id === baseline);
  const version = `${data.version.value} ${reversed.join()} ${state.value.colors.join()}`;
  const columns = useMemo(
    () => [nameColumn(), ...fields.map((field) => columnOf(field, base, widths))],
    [lines, base, widths],
  );
  const keys = parseSort(sort);
  const order = sortRuns(runs, keys, base);
  data.want([...keys.map((key) => parseField(key.id)), ...fields]);
  const resize = (id: string, width: number): void => {
    const next = { ...widths, [id]: width };
    setWidths(next);
    writeKept(WIDTHS, next);
  };
  return (
    <Grid
      label="Compared runs"
      columns={columns}
      count={order.length}
      keyAt={(index) => order[index]?.key}
      rowAt={(index) => order[index]}
      version={`${version} ${baseline}`}
      selection={selection}
      sort={keys}
      onView={() => undefined}
      onOpen={(run) => go(linkTo(["runs", run.id]))}
      onSort={(next) => update({ sort: formatSort(next) })}
      onResize={resize}
      onMove={() => undefined}
      onMenu={(id) => update({ reversed: toggledIn(reversed, id) })}
    />
  );
}

function nameColumn(): GridColumn<RunRow> {
  return {
    id: "name",
    title: "run",
    width: Math.min(200, document.documentElement.clientWidth * 0.4),
    isNumber: false,
    isPinned: true,
    canSort: true,
    render: (run) => (
      <span class="run-mark">
        <i style={{ background: colorOfRun(run.id) }} />
        <Link to={linkTo(["runs", run.id])} tabIndex={-1}>
          {titleOf(run)}
        </Link>
        {run.id === state.value.baseline && <small class="badge">baseline</small>}
      </span>
    ),
    text: titleOf,
  };
}

function columnOf(
  field: Field,
  base: RunRow | undefined,
  widths: Readonly<Record<string, number>>,
): GridColumn<RunRow> {
  return {
    id: field.id,
    title: field.key,
    group: field.id.endsWith(")") ? `metrics · ${state.value.summary}` : field.family,
    hint: `${field.id} · shift-click sorts by several, right-click changes what is better`,
    width: widths[field.id] ?? WIDTH,
    isNumber: field.family === "metrics" || field.family === "params",
    isPinned: false,
    canSort: true,
    render: (run) => {
      const value = data.cell(field, run);
      if (value === undefined) return <span class="waiting" aria-label="Loading" />;
      const other = base && run !== base ? (data.cell(field, base) ?? null) : undefined;
      return <Value field={field} value={value} base={other} />;
    },
    text: (run) => textOf(field, data.cell(field, run)),
  };
}
