/** The head of a grid: sort by a click, resize at the edge, move by dragging. */

import { useRef } from "preact/hooks";
import { Icon } from "@/parts/icon";
import { MAX_WIDTH, MIN_WIDTH, type GridColumn } from "@/table/column";
import { HEADER, type Shown } from "@/table/grid";
import { px } from "@/table/px";
import { cellClass } from "@/table/row";
import { toggled, type SortKey } from "@/table/sorting";

export interface HeaderActions {
  readonly onSort: (keys: SortKey[]) => void;
  readonly onResize: (id: string, width: number) => void;
  /** Move a column before another, or to the end. */
  readonly onMove: (id: string, before: string | null) => void;
  /** Open the menu of a column below its head. */
  readonly onMenu: (id: string, head: HTMLElement) => void;
}

interface Props<Row> extends HeaderActions {
  readonly columns: readonly GridColumn<Row>[];
  readonly sort: readonly SortKey[];
  readonly shown: Shown;
  readonly width: number;
}

/** The row of heads, which stays at the top. */
export function GridHeader<Row>(props: Props<Row>) {
  const { columns, shown } = props;
  return (
    <div
      class="grid-head"
      role="row"
      aria-rowindex={1}
      style={{ width: px(props.width), height: px(HEADER) }}
    >
      <div class="cell mark" role="columnheader">
        <span class="hidden">Select</span>
      </div>
      {shown.indexes.map((at, position) => {
        const column = columns[at]!;
        const before = columns[shown.indexes[position - 1] ?? -1];
        const isFirstOpen = !column.isPinned && (before === undefined || before.isPinned);
        return (
          <Head
            key={column.id}
            {...props}
            column={column}
            index={at}
            left={column.isPinned ? shown.left[at] : undefined}
            skipped={isFirstOpen ? shown.skipped : 0}
          />
        );
      })}
    </div>
  );
}

interface HeadProps<Row> extends Props<Row> {
  readonly column: GridColumn<Row>;
  readonly index: number;
  readonly left: number | undefined;
  readonly skipped: number;
}

const DRAGGED = "application/x-treadle-column";

function Head<Row>(props: HeadProps<Row>) {
  const { column, sort, onSort } = props;
  const at = sort.findIndex((key) => key.id === column.id);
  const key = sort[at];
  const click = (event: MouseEvent): void => {
    if (column.canSort) onSort(toggled(sort, column.id, event.shiftKey));
  };
  return (
    <div
      class={cellClass(column)}
      role="columnheader"
      aria-colindex={props.index + 2}
      aria-sort={key ? (key.descending ? "descending" : "ascending") : undefined}
      draggable
      title={column.hint ?? column.title}
      style={{
        width: px(column.width),
        left: px(props.left),
        marginLeft: px(props.skipped || undefined),
      }}
      {...gestures(column.id, props)}
    >
      <button type="button" class="head" onClick={click}>
        <small>{column.group ?? ""}</small>
        <span>
          {column.title}
          {key && <Icon name={key.descending ? "down" : "up"} />}
          {key && sort.length > 1 && <sup>{at + 1}</sup>}
        </span>
      </button>
      <Edge column={column} onResize={props.onResize} />
    </div>
  );
}

/** Return what dragging a head and its menu do. */
function gestures(id: string, { onMove, onMenu }: HeaderActions) {
  return {
    onDragStart: (event: DragEvent) => event.dataTransfer?.setData(DRAGGED, id),
    onDragOver: (event: DragEvent) => event.preventDefault(),
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      const dragged = event.dataTransfer?.getData(DRAGGED);
      if (dragged && dragged !== id) onMove(dragged, id);
    },
    onContextMenu: (event: MouseEvent) => {
      event.preventDefault();
      onMenu(id, event.currentTarget as HTMLElement);
    },
  };
}

/** The right edge of a head, by which a column is made wider. */
function Edge<Row>(props: {
  column: GridColumn<Row>;
  onResize: (id: string, width: number) => void;
}) {
  const { column, onResize } = props;
  const begin = useRef<{ x: number; width: number } | null>(null);
  const down = (event: PointerEvent): void => {
    event.preventDefault();
    event.stopPropagation();
    begin.current = { x: event.clientX, width: column.width };
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent): void => {
    if (!begin.current) return;
    const width = begin.current.width + event.clientX - begin.current.x;
    onResize(column.id, Math.max(MIN_WIDTH, Math.min(MAX_WIDTH, Math.round(width))));
  };
  return (
    <i
      class="edge"
      draggable
      onDragStart={(event) => event.preventDefault()}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={() => (begin.current = null)}
      onClick={(event) => event.stopPropagation()}
    />
  );
}
