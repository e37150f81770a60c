/** Choosing ranges on the axes of parallel coordinates by dragging. */

import { useRef } from "preact/hooks";
import { endsOf, type Brush, type ParallelLayout, type PlacedAxis } from "@/charts/parallel_layout";

type Place = readonly [number, number];

interface Drag {
  readonly axis: PlacedAxis;
  readonly from: number;
  /** The brush that is moved as a whole; null if a new one is drawn. */
  readonly moved: Brush | null;
  isMoved: boolean;
}

const NEAR = 16;
const MOVED = 4;

/** Follow the pointer: drag on an axis draws a brush, drag on a brush moves it, a click clears. */
export function useBrushes(
  layout: ParallelLayout,
  brushes: ReadonlyMap<string, Brush>,
  onBrush: (id: string, brush: Brush | null) => void,
) {
  const drag = useRef<Drag | null>(null);
  const begin = ([x, y]: Place, event: PointerEvent): void => {
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    const axis = layout.axes.find((one) => Math.abs(one.x - x) < NEAR);
    if (!axis) return;
    const brush = brushes.get(axis.id);
    const [top, bottom] = brush ? endsOf(axis, brush, layout) : [0, 0];
    const moved = brush && y > top && y < bottom ? brush : null;
    drag.current = { axis, from: y, moved, isMoved: false };
  };
  const move = ([, y]: Place): boolean => {
    const now = drag.current;
    if (!now) return false;
    if (Math.abs(y - now.from) > MOVED) now.isMoved = true;
    if (now.isMoved) onBrush(now.axis.id, brushOf(now, y, layout));
    return true;
  };
  /** End a drag; return whether it was one. */
  const end = (): boolean => {
    const now = drag.current;
    drag.current = null;
    if (now && !now.isMoved) onBrush(now.axis.id, null);
    return now !== null;
  };
  return { begin, move, end };
}

function brushOf(drag: Drag, y: number, layout: ParallelLayout): Brush {
  const { axis } = drag.axis;
  if (drag.moved) {
    const [top, bottom] = endsOf(drag.axis, drag.moved, layout);
    const by = Math.max(layout.top - top, Math.min(layout.bottom - bottom, y - drag.from));
    return [axis.valueAt(bottom + by), axis.valueAt(top + by)];
  }
  const clamp = (place: number): number => Math.max(layout.top, Math.min(layout.bottom, place));
  const [one, other] = [clamp(drag.from), clamp(y)];
  return [axis.valueAt(Math.max(one, other)), axis.valueAt(Math.min(one, other))];
}

/** Return a brush after an arrow key: up and down move it, with shift they change its size. */
export function steppedBrush(
  axis: PlacedAxis,
  brush: Brush | undefined,
  layout: ParallelLayout,
  key: { readonly isUp: boolean; readonly isResize: boolean },
): Brush {
  const { top, bottom } = layout;
  const step = ((bottom - top) / 20) * (key.isUp ? -1 : 1);
  if (!brush) {
    const half = (top + bottom) / 2;
    const [high, low] = key.isUp ? [top, half] : [half, bottom];
    return [axis.axis.valueAt(low), axis.axis.valueAt(high)];
  }
  const [high, low] = endsOf(axis, brush, layout);
  const moved = (place: number): number => Math.max(top, Math.min(bottom, place + step));
  const lower = key.isResize ? low : moved(low);
  return [axis.axis.valueAt(lower), axis.axis.valueAt(Math.min(lower, moved(high)))];
}
