/** One row of a grid. */

import { memo } from "@/table/memo";
import type { GridColumn } from "@/table/column";
import { ROW, type Shown } from "@/table/grid";
import { px } from "@/table/px";
import type { Selection } from "@/table/selection";

interface RowProps<Row> {
  readonly index: number;
  readonly top: number;
  readonly width: number;
  readonly row: Row | undefined;
  readonly id: number | undefined;
  readonly shown: Shown;
  readonly columns: readonly GridColumn<Row>[];
  readonly selection: Selection;
  readonly keyAt: (index: number) => number | undefined;
  readonly onOpen: (row: Row) => void;
  readonly classOf: ((row: Row) => string) | undefined;
  readonly version: unknown;
}

/** A row; grey while it is not loaded. */
export function GridRow<Row>(props: RowProps<Row>) {
  const { index, row, id, selection } = props;
  const isSelected = id !== undefined && selection.keys.value.has(id);
  const isActive = selection.active.value === index;
  const state = `${isSelected ? " selected" : ""}${isActive ? " active" : ""}`;
  const own = row === undefined ? " loading" : (props.classOf?.(row) ?? "");
  const toggle = (event: MouseEvent): void => {
    event.stopPropagation();
    selection.toggle(index, event.shiftKey, props.keyAt);
  };
  const click = (event: MouseEvent): void => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) toggle(event);
    else selection.active.value = index;
  };
  return (
    <div
      id={`row-${index}`}
      class={`grid-row${state}${own}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      style={{ top: px(props.top), height: px(ROW), width: px(props.width) }}
      onClick={click}
      onDblClick={() => row !== undefined && props.onOpen(row)}
    >
      <div class="cell mark" role="gridcell" onClick={toggle}>
        <input type="checkbox" tabIndex={-1} checked={isSelected} aria-label="Select the row" />
      </div>
      <Cells {...{ row, columns: props.columns, shown: props.shown, version: props.version }} />
    </div>
  );
}

interface CellsProps<Row> {
  readonly row: Row | undefined;
  readonly columns: readonly GridColumn<Row>[];
  readonly shown: Shown;
  readonly version: unknown;
}

/** The cells of a row, drawn again only when it or the columns change: scrolling stays smooth. */
const Cells = memo(function Cells<Row>({ row, columns, shown }: CellsProps<Row>) {
  return (
    <>
      {shown.indexes.map((at, position) => {
        const column = columns[at]!;
        const isFirstOpen =
          !column.isPinned && (position === 0 || isPinned(columns, shown, position));
        return (
          <div
            key={column.id}
            class={cellClass(column)}
            role="gridcell"
            aria-colindex={at + 2}
            title={row === undefined ? undefined : column.text?.(row)}
            style={{
              width: px(column.width),
              left: px(column.isPinned ? shown.left[at] : undefined),
              marginLeft: px(isFirstOpen ? shown.skipped : undefined),
              background: row === undefined ? undefined : column.heat?.(row),
            }}
          >
            {row === undefined ? null : column.render(row)}
          </div>
        );
      })}
    </>
  );
}) as <Row>(props: CellsProps<Row>) => preact.JSX.Element;

function isPinned<Row>(
  columns: readonly GridColumn<Row>[],
  shown: Shown,
  position: number,
): boolean {
  return columns[shown.indexes[position - 1]!]!.isPinned;
}

/** The class of the cells of a column, and of its head. */
export function cellClass<Row>(column: GridColumn<Row>): string {
  return `cell${column.isNumber ? " number" : ""}${column.isPinned ? " pinned" : ""}`;
}
