/** The names above the axes of parallel coordinates: moved by dragging, and by keys. */

import { steppedBrush } from "@/charts/parallel_input";
import type { Brush, ParallelLayout, PlacedAxis } from "@/charts/parallel_layout";

interface Props {
  readonly layout: ParallelLayout;
  readonly brushes: ReadonlyMap<string, Brush>;
  readonly onBrush: (id: string, brush: Brush | null) => void;
  readonly onMove: (id: string, before: string | null) => void;
}

const DRAGGED = "application/x-treadle-axis";
const HELP =
  "Drag to move, or Alt and the arrow keys. Up and Down choose a range, Shift changes its size, " +
  "Escape ends it.";

/** The names. */
export function AxisHeads(props: Props) {
  return (
    <div class="axis-heads">
      {props.layout.axes.map((axis, at) => (
        <Head key={axis.id} {...props} axis={axis} at={at} />
      ))}
    </div>
  );
}

function Head(props: Props & { axis: PlacedAxis; at: number }) {
  const { axis, at, layout, brushes, onBrush, onMove } = props;
  const before = (place: number): string | null => layout.axes[place]?.id ?? null;
  const press = (event: KeyboardEvent): void => {
    const isUp = event.key === "ArrowUp";
    if (event.altKey && event.key === "ArrowLeft" && at > 0) onMove(axis.id, before(at - 1));
    else if (event.altKey && event.key === "ArrowRight") onMove(axis.id, before(at + 2));
    else if (isUp || event.key === "ArrowDown") {
      const key = { isUp, isResize: event.shiftKey };
      onBrush(axis.id, steppedBrush(axis, brushes.get(axis.id), layout, key));
    } else if (event.key === "Escape") onBrush(axis.id, null);
    else return;
    event.preventDefault();
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    const id = event.dataTransfer?.getData(DRAGGED);
    const from = layout.axes.findIndex((one) => one.id === id);
    if (id && from !== at) onMove(id, before(from < at ? at + 1 : at));
  };
  return (
    <button
      type="button"
      class={brushes.has(axis.id) ? "axis-head brushed" : "axis-head"}
      style={{ left: `${axis.x}px`, maxWidth: `${headWidth(layout)}px` }}
      title={`${axis.title}\n${HELP}`}
      draggable
      onKeyDown={press}
      onDragStart={(event) => event.dataTransfer?.setData(DRAGGED, axis.id)}
      onDragOver={(event) => event.preventDefault()}
      onDrop={drop}
    >
      {axis.title}
    </button>
  );
}

const headWidth = (layout: ParallelLayout): number =>
  Math.max(48, layout.size.width / Math.max(1, layout.axes.length));
