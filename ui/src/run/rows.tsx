/** A plain table of one line per entry, of which only those in view are drawn. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { px } from "@/table/px";
import { useVirtual } from "@/table/virtual";

const LINE = 28;
const HEAD = 28;

interface Props {
  readonly label: string;
  readonly count: number;
  /** The widths of its columns, as CSS writes those of a grid. */
  readonly columns: string;
  /** The width in pixels below which it scrolls to the side. */
  readonly least?: number;
  readonly head: ComponentChildren;
  /** Draw the cells of an entry. */
  readonly row: (index: number) => ComponentChildren;
  readonly classOf?: (index: number) => string;
  readonly onOpen?: (index: number) => void;
  /** The entry that is brought into view when it changes. */
  readonly active?: number;
}

/** A table that fills its container, and scrolls in it. */
export function Rows(props: Props) {
  const { count, active = -1, onOpen } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const list = useVirtual({ scroller, count, size: () => LINE, overscan: 8, margin: HEAD });
  useEffect(() => {
    if (active >= 0) list.scrollTo(active);
  }, [active]);
  const style = { gridTemplateColumns: props.columns };
  const minWidth = px(props.least);
  return (
    <div
      class="rows"
      role="table"
      aria-label={props.label}
      aria-rowcount={count + 1}
      tabIndex={0}
      ref={scroller}
      onKeyDown={(event) => onOpen && step(event, active, count, onOpen)}
    >
      <div class="rows-head" role="row" style={{ ...style, minWidth }}>
        {props.head}
      </div>
      <div class="rows-body" style={{ height: px(list.total), minWidth }}>
        {list.items.map(({ index, start }) => (
          <div
            key={index}
            class={`row ${props.classOf?.(index) ?? ""}${index === active ? " active" : ""}`}
            role="row"
            aria-rowindex={index + 2}
            aria-selected={onOpen ? index === active : undefined}
            style={{ ...style, top: px(start) }}
            onClick={onOpen && (() => onOpen(index))}
          >
            {props.row(index)}
          </div>
        ))}
      </div>
    </div>
  );
}

/** Choose the next or the previous entry by the arrow keys. */
function step(event: KeyboardEvent, at: number, count: number, open: (at: number) => void): void {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by === undefined || event.target !== event.currentTarget) return;
  event.preventDefault();
  open(Math.max(0, Math.min(count - 1, at + by)));
}

/** A cell of a row, or a head of a column. */
export function Cell(props: {
  children?: ComponentChildren;
  class?: string;
  title?: string | undefined;
  isHead?: boolean;
}) {
  const { children, isHead, title } = props;
  return (
    <span class={props.class} role={isHead && children ? "columnheader" : "cell"} title={title}>
      {children}
    </span>
  );
}
