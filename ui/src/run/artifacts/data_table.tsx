/** A table of data with sort and filter, both in the address; only rows in view are drawn. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { Button } from "@/parts/button";
import { copyText } from "@/parts/copy";
import { formatCount } from "@/parts/format";
import { change, location } from "@/parts/location";
import { Problem, Skeleton } from "@/parts/problem";
import { notify, notifyError } from "@/parts/toast";
import { moved, type GridColumn } from "@/table/column";
import { Grid } from "@/table/grid";
import { Selection } from "@/table/selection";
import { formatSort, parseSort } from "@/table/sorting";
import { cellText, fullText } from "@/run/artifacts/cell_text";
import { RowDialog } from "@/run/artifacts/row_dialog";
import { orderOf } from "@/run/artifacts/table_order";
import type { SourceColumn, TableSource } from "@/run/artifacts/table_source";

interface Props {
  readonly source: TableSource;
  readonly label: string;
  /** Further controls at the end of the bar. */
  readonly more?: preact.ComponentChildren;
}

/** The most rows that are drawn: browsers scroll no higher elements. */
const MOST_ROWS = 600_000;

/** A row with its place in the file. */
interface Row {
  readonly index: number;
  readonly cells: readonly unknown[];
}

/** A table with its bar. */
export function DataTable({ source, label, more }: Props) {
  const { query } = location.value;
  const where = query.get("where") ?? "";
  const sort = query.get("sort") ?? "";
  const { order, error } = useOrder(source, where, sort);
  const isCut = (order?.length ?? source.count) > MOST_ROWS;
  const [selection] = useState(() => new Selection());
  useEffect(() => selection.clear(), [source, where]);
  return (
    <div class="data-table" onMouseDown={keepText}>
      <div class="preview-bar">
        <input
          type="search"
          class="data-filter"
          placeholder={exampleOf(source.columns)}
          aria-label="Filter rows"
          value={where}
          onInput={(event) => change({ where: event.currentTarget.value }, { replace: true })}
        />
        <span class="muted" aria-live="polite">
          {order && order.length !== source.count && `${order.length.toLocaleString("en")} of `}
          {formatCount(source.count, "row")}, {formatCount(source.columns.length, "column")}
          {isCut && `; the first ${MOST_ROWS.toLocaleString("en")} are shown`}
        </span>
        {selection.size > 0 && (
          <Button icon="copy" onClick={() => void copyRows(source, selection)}>
            Copy {formatCount(selection.size, "row")}
          </Button>
        )}
        {more}
      </div>
      {error ? <Problem error={error} /> : null}
      {order === undefined ? (
        <Skeleton lines={6} />
      ) : (
        <TableGrid {...{ source, label, order, selection, sort }} />
      )}
    </div>
  );
}

/** Keep a range of rows from being a range of text, too. */
function keepText(event: MouseEvent): void {
  if (event.shiftKey && (event.target as Element).closest(".grid-row")) event.preventDefault();
}

/** Return what one may type as a filter, by the names of the columns. */
function exampleOf(columns: readonly SourceColumn[]): string {
  const number = columns.find((one) => one.isNumber && !/[\s"<>=!~]/.test(one.name));
  return number ? `Filter: a word, ${number.name} > 0.5` : "Filter: a word, column = value";
}

function useOrder(source: TableSource, where: string, sort: string) {
  const [state, setState] = useState<{ order?: Uint32Array | null; error?: unknown }>({});
  useEffect(() => {
    let isWanted = true;
    orderOf(source, where, parseSort(sort).map(unquoted)).then(
      (order) => isWanted && setState({ order }),
      (error: unknown) => isWanted && setState((now) => ({ order: now.order ?? null, error })),
    );
    return () => void (isWanted = false);
  }, [source, where, sort]);
  return state;
}

const quote = (name: string): string => (/[,"'`()\\\s-]/.test(name) ? JSON.stringify(name) : name);

function unquoted(key: { id: string; descending: boolean }) {
  return { ...key, id: key.id.startsWith('"') ? (JSON.parse(key.id) as string) : key.id };
}

interface GridProps {
  readonly source: TableSource;
  readonly label: string;
  readonly order: Uint32Array | null;
  readonly selection: Selection;
  readonly sort: string;
}

function TableGrid({ source, label, order, selection, sort }: GridProps) {
  const [version, setVersion] = useState(0);
  const [open, setOpen] = useState<Row | null>(null);
  const { columns, onResize, onMove } = useColumns(source);
  const at = (index: number): number => (order ? order[index]! : index);
  const count = Math.min(MOST_ROWS, order ? order.length : source.count);
  const rowAt = (index: number): Row | undefined => {
    const cells = source.row(at(index));
    return cells && { index: at(index), cells };
  };
  const see = (first: number, last: number): void => {
    const indexes = Array.from({ length: Math.max(0, last - first + 1) }, (_, k) => at(first + k));
    const loading = source.load(indexes.filter((one) => one < source.count));
    loading?.then(() => setVersion((now) => now + 1), notifyError);
  };
  if (!count) return <NoRows isFiltered={source.count > 0} />;
  return (
    <>
      <Grid
        label={label}
        columns={columns}
        count={count}
        keyAt={(index) => (index < count ? at(index) : undefined)}
        rowAt={rowAt}
        version={`${version} ${order === null ? "" : sort}`}
        selection={selection}
        sort={parseSort(sort).map(unquoted)}
        onView={see}
        onOpen={setOpen}
        onSort={(keys) =>
          change({ sort: formatSort(keys.map((k) => ({ ...k, id: quote(k.id) }))) })
        }
        onResize={onResize}
        onMove={onMove}
        onMenu={() => undefined}
      />
      {open && <RowDialog source={source} row={open} onClose={() => setOpen(null)} />}
    </>
  );
}

function NoRows({ isFiltered }: { isFiltered: boolean }) {
  return <p class="muted preview-note">{isFiltered ? "No row matches." : "It has no rows."}</p>;
}

/** The columns of the grid, which one may move and widen. */
function useColumns(source: TableSource) {
  const [widths, setWidths] = useState<Readonly<Record<string, number>>>({});
  const names = useMemo(() => source.columns.map((one) => one.name), [source]);
  const [order, setOrder] = useState(names);
  useEffect(() => setOrder(names), [names.join("\n")]);
  const columns = useMemo(() => {
    const byName = new Map(source.columns.map((one, at) => [one.name, columnOf(source, one, at)]));
    const found = order.flatMap((name) => byName.get(name) ?? []);
    return found.map((one) => ({ ...one, width: widths[one.id] ?? one.width }));
  }, [source, order, widths]);
  const onMove = (id: string, before: string | null): void => setOrder(moved(order, id, before));
  const onResize = (id: string, width: number): void => setWidths({ ...widths, [id]: width });
  return { columns, onResize, onMove };
}

const SAMPLE = 60;

function columnOf(source: TableSource, column: SourceColumn, at: number): GridColumn<Row> {
  let longest = Math.max(column.name.length + 2, column.type.length);
  for (let row = 0; row < Math.min(SAMPLE, source.count); row++) {
    longest = Math.max(longest, cellText(source.row(row)?.[at]).length);
  }
  return {
    id: column.name,
    title: column.name,
    group: column.type,
    hint: `${column.name} · ${column.type} · shift-click sorts by several columns`,
    width: Math.max(column.isNumber ? 88 : 64, Math.min(320, Math.round(longest * 7.6) + 24)),
    isNumber: column.isNumber,
    isPinned: false,
    canSort: true,
    render: (row) => <CellValue value={row.cells[at]} />,
    text: (row) => cellText(row.cells[at]),
  };
}

function CellValue({ value }: { value: unknown }) {
  if (value === null || value === undefined) return <span class="muted">–</span>;
  return <>{cellText(value)}</>;
}

async function copyRows(source: TableSource, selection: Selection): Promise<void> {
  const indexes = [...selection.keys.value].sort((a, b) => a - b);
  await source.load(indexes);
  const lines = indexes.map((index) => (source.row(index) ?? []).map(tabbed).join("\t"));
  const head = source.columns.map((one) => tabbed(one.name)).join("\t");
  await copyText([head, ...lines].join("\n"));
  notify(`Copied ${formatCount(indexes.length, "row")}, for a spreadsheet`);
}

function tabbed(value: unknown): string {
  const text = fullText(value).replace(/[\t\r\n]+/g, " ");
  const isFormula =
    typeof value === "string" && /^[=+\-@]/.test(text) && Number.isNaN(Number(text));
  return isFormula ? `'${text}` : text; // or a spreadsheet would run it
}
