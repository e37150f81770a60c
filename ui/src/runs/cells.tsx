/** The columns of the table of runs, and what their cells show. */

import { curveOf } from "@/runs/curves";
import type { Held } from "@/runs/data";
import { fieldOf, titleOf, type Field } from "@/runs/fields";
import { heatColor, type Range } from "@/runs/heat";
import type { TableState } from "@/runs/state";
import { Sparkline } from "@/charts/sparkline";
import {
  formatAge,
  formatCell,
  formatDuration,
  formatMoment,
  formatNumber,
  toNumber,
  type Cell,
} from "@/parts/format";
import { Link } from "@/parts/link";
import { linkTo } from "@/parts/location";
import { Status } from "@/parts/status";
import type { GridColumn } from "@/table/column";
import { ROW } from "@/table/grid";

export interface CellOptions {
  readonly state: TableState;
  readonly baseline: Held | undefined;
  readonly ranges: ReadonlyMap<string, Range>;
  readonly toggleChildren: (run: Held) => void;
  readonly isOpen: (run: Held) => boolean;
}

const WIDTHS: Record<string, number> = {
  name: 220,
  status: 92,
  started: 108,
  duration: 92,
  experiment: 140,
  user: 96,
  kind: 80,
  id: 270,
};
const FIELD_WIDTH = 112;

/** Return the columns of a grid for the ids of the state; unknown ones are left out. */
export function columnsOf(ids: readonly string[], options: CellOptions): GridColumn<Held>[] {
  const { pinned } = options.state;
  const columns = ids.flatMap((id) => {
    const field = fieldOf(id);
    return field ? [columnOf(id, field, options)] : [];
  });
  const first = pinned.flatMap((id) => columns.filter((one) => one.id === id));
  return [...first, ...columns.filter((one) => !one.isPinned)];
}

function columnOf(id: string, field: Field, options: CellOptions): GridColumn<Held> {
  const { state, ranges } = options;
  const range = state.heat.includes(id) ? ranges.get(id) : undefined;
  const isAttribute = field.family === "attribute";
  return {
    id,
    ...titleOf(field),
    hint: `${id} · shift-click sorts by several columns, right-click has more`,
    width: state.widths[id] ?? WIDTHS[id] ?? FIELD_WIDTH,
    isNumber: isAttribute ? id === "duration" : field.family !== "tags",
    isPinned: state.pinned.includes(id),
    canSort: field.summary !== "at" && field.summary !== "curve",
    render: isAttribute ? (held) => attribute(id, held, options) : renderer(id, field, options),
    text: (held) => textOfCell(id, field, held),
    heat: range && ((held) => heatColor(toNumber(held.cells.get(id)), range)),
  };
}

function textOfCell(id: string, field: Field, held: Held): string {
  if (field.family !== "attribute") return String(held.cells.get(id) ?? "");
  if (id === "started") return formatMoment(held.run.started);
  return id === "duration" ? "" : String(held.run[id as "name"] ?? "");
}

function attribute(id: string, held: Held, options: CellOptions) {
  const { run } = held;
  if (id === "name") return <Name held={held} options={options} />;
  if (id === "status") return <Status status={run.status} />;
  if (id === "started") return <time>{formatAge(run.started)}</time>;
  if (id !== "duration") return <>{run[id as "user"]}</>;
  const end = run.ended ?? (run.status === "running" ? Date.now() / 1000 : null);
  return <>{end === null ? "" : formatDuration(end - run.started)}</>;
}

function Name({ held, options }: { held: Held; options: CellOptions }) {
  const { run } = held;
  const { isNested, baseline } = options.state;
  const canFold = isNested && run.children > 0;
  return (
    <span class="run-name">
      {isNested && run.parent && <i class="indent" />}
      {canFold && (
        <button
          type="button"
          class={options.isOpen(held) ? "fold open" : "fold"}
          aria-label={options.isOpen(held) ? "Hide child runs" : "Show child runs"}
          aria-expanded={options.isOpen(held)}
          onClick={() => options.toggleChildren(held)}
        >
          ▸
        </button>
      )}
      <i class={`dot ${run.status}`} title={run.status} />
      <Link to={linkTo(["runs", run.id])} tabIndex={-1}>
        {run.name || run.id.slice(-8)}
      </Link>
      {run.id === baseline && <small class="badge">baseline</small>}
      {run.deleted !== null && <small class="badge">deleted</small>}
      {run.children > 0 && <small class="muted">{run.children}</small>}
    </span>
  );
}

function renderer(id: string, field: Field, options: CellOptions) {
  if (field.summary === "curve") {
    return (held: Held) => <Curve run={held.run.id} field={field} id={id} state={options.state} />;
  }
  const { baseline } = options;
  return (held: Held) => {
    const value = held.cells.get(id);
    const other = baseline && baseline !== held ? baseline.cells.get(id) : undefined;
    return <Value value={value} other={other} isCompared={other !== undefined} />;
  };
}

function Curve(props: { run: string; field: Field; id: string; state: TableState }) {
  const values = curveOf(props.run, props.field.key);
  const width = (props.state.widths[props.id] ?? FIELD_WIDTH) - 16;
  return values ? <Sparkline values={values} width={width} height={ROW - 8} /> : null;
}

/** A value, and how it differs from that of the baseline. */
function Value(props: { value: Cell; other: Cell; isCompared: boolean }) {
  const { value, other } = props;
  const number = toNumber(value);
  const text = number === null ? formatCell(value) : formatNumber(number);
  if (!props.isCompared || value === other) return <>{text}</>;
  const base = toNumber(other);
  if (number === null || base === null) return <b class="differs">{text}</b>;
  const delta = number - base;
  return (
    <>
      {text} <small class="delta">{`${delta > 0 ? "+" : ""}${formatNumber(delta)}`}</small>
    </>
  );
}
