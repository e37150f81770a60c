/** A table that draws only the rows and columns in view, however many there are. */

import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { GridColumn } from "@/table/column";
import { GridHeader, type HeaderActions } from "@/table/header";
import { pressed } from "@/table/keyboard";
import { px } from "@/table/px";
import { GridRow } from "@/table/row";
import type { Selection } from "@/table/selection";
import type { SortKey } from "@/table/sorting";
import { sumOf, useVirtual } from "@/table/virtual";

export const ROW = 28;
export const HEADER = 44;
export const MARK = 32;

export interface GridProps<Row> extends HeaderActions {
  readonly label: string;
  readonly columns: readonly GridColumn<Row>[];
  readonly count: number;
  readonly keyAt: (index: number) => number | undefined;
  /** The row at an index, once it is loaded. */
  readonly rowAt: (index: number) => Row | undefined;
  /** Changes whenever a row in view may have changed. */
  readonly version: unknown;
  readonly selection: Selection;
  readonly sort: readonly SortKey[];
  readonly onView: (first: number, last: number) => void;
  readonly onOpen: (row: Row) => void;
  readonly classOf?: (row: Row) => string;
}

/** The grid; it fills its container, and scrolls in it. */
export function Grid<Row>(props: GridProps<Row>) {
  const { columns, count, selection } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtual({ scroller, count, size: () => ROW, overscan: 8, margin: HEADER });
  const shown = useColumns(scroller, columns);
  const first = rows.items[0]?.index ?? 0;
  const last = rows.items.at(-1)?.index ?? -1;
  useEffect(() => props.onView(first, last), [first, last, count, props.version]);
  const width = MARK + sumOf(columns.map((one) => one.width));
  const press = (event: KeyboardEvent): void =>
    pressed(event, { ...props, scrollTo: rows.scrollTo });
  return (
    <div {...described(props)} ref={scroller} onKeyDown={press}>
      <GridHeader {...props} shown={shown} width={width} />
      <div class="grid-body" role="rowgroup" style={{ height: px(rows.total), width: px(width) }}>
        {rows.items.map((item) => (
          <GridRow
            key={item.index}
            index={item.index}
            top={item.start}
            width={width}
            row={props.rowAt(item.index)}
            id={props.keyAt(item.index)}
            {...{ shown, columns, selection, keyAt: props.keyAt }}
            onOpen={props.onOpen}
            classOf={props.classOf}
            version={props.version}
          />
        ))}
      </div>
    </div>
  );
}

/** Return what a screen reader is told of a grid. */
function described<Row>({ label, count, columns, selection }: GridProps<Row>) {
  const active = selection.active.value;
  return {
    class: "grid",
    role: "grid" as const,
    tabIndex: 0,
    "aria-label": label,
    "aria-rowcount": count + 1,
    "aria-colcount": columns.length + 1,
    "aria-multiselectable": true,
    "aria-activedescendant": active >= 0 ? `row-${active}` : undefined,
  };
}

/** The columns in view: the pinned ones, and those that the window is over. */
export interface Shown {
  /** Indexes of the columns to draw. */
  readonly indexes: readonly number[];
  /** The width of those that are left out before the first one that is not pinned. */
  readonly skipped: number;
  /** Where each pinned column sticks, by index. */
  readonly left: readonly number[];
}

function useColumns<Row>(
  scroller: { current: HTMLDivElement | null },
  columns: readonly GridColumn<Row>[],
): Shown {
  const pinned = columns.filter((one) => one.isPinned).length;
  const widths = columns.slice(pinned).map((one) => one.width);
  const margin = MARK + sumOf(columns.slice(0, pinned).map((one) => one.width));
  const across = useVirtual({
    scroller,
    count: widths.length,
    size: (index) => widths[index]!,
    overscan: 4,
    horizontal: true,
    margin,
  });
  const key = widths.join();
  useLayoutEffect(() => across.measure(), [key]);
  const from = across.items[0]?.index ?? 0;
  const to = across.items.at(-1)?.index ?? -1;
  return useMemo(() => {
    const open = Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => pinned + from + at);
    const left: number[] = [];
    for (let at = 0, x = MARK; at < pinned; x += columns[at++]!.width) left.push(x);
    const indexes = [...Array(pinned).keys(), ...open].filter((one) => one < columns.length);
    return { indexes, skipped: sumOf(widths.slice(0, from)), left };
  }, [columns, from, to]);
}
