/** Parallel coordinates: an axis for each field, and a line through all for each run. */

import type { ComponentChildren } from "preact";
import { useCallback, useMemo, useState } from "preact/hooks";
import { Drawing, placeOf, useSize, type Draw } from "@/charts/drawing";
import { AxisHeads } from "@/charts/parallel_heads";
import { drawParallel } from "@/charts/parallel_draw";
import { useBrushes } from "@/charts/parallel_input";
import {
  isInBrushes,
  layOut,
  lineAt,
  type Brush,
  type ParallelAxis,
  type ParallelLine,
} from "@/charts/parallel_layout";
import { Tip } from "@/charts/tip";

export interface ParallelProps {
  readonly axes: readonly ParallelAxis[];
  readonly lines: readonly ParallelLine[];
  /** The ranges that lines have to go through, by the id of the axis. */
  readonly brushes: ReadonlyMap<string, Brush>;
  readonly onBrush: (id: string, brush: Brush | null) => void;
  /** Move an axis before another, or to the end. */
  readonly onMove: (id: string, before: string | null) => void;
  readonly onOpen: (id: string) => void;
  readonly describe: (id: string) => ComponentChildren;
}

/** The chart: drag along an axis to choose a range, drag the name of an axis to move it. */
export function Parallel(props: ParallelProps) {
  const { axes, lines, brushes } = props;
  const [frame, size] = useSize();
  const [active, setActive] = useState<{ id: string; x: number; y: number } | null>(null);
  const layout = useMemo(() => layOut(axes, lines, size), [axes, lines, size]);
  const input = useBrushes(layout, brushes, props.onBrush);
  const shown = useMemo(
    () => layout.lines.filter((line) => isInBrushes(line, layout, brushes)),
    [layout, brushes],
  );
  const draw = useCallback<Draw>(
    (context, look) => drawParallel(context, look, { layout, brushes, shown, active: active?.id }),
    [layout, brushes, shown, active?.id],
  );
  const point = (event: PointerEvent): void => {
    const [x, y] = placeOf(event, frame.current!);
    if (input.move([x, y])) return setActive(null);
    const line = lineAt(shown, layout, [x, y]);
    setActive(line ? { id: line.id, x, y } : null);
  };
  const label = `${shown.length} of ${lines.length} runs on ${axes.length} axes`;
  return (
    <>
      <AxisHeads {...{ layout, brushes }} onBrush={props.onBrush} onMove={props.onMove} />
      <Drawing
        {...{ label, draw, size, frame }}
        onPointerDown={(event) => input.begin(placeOf(event, frame.current!), event)}
        onPointerMove={point}
        onPointerUp={() => input.end() || (active && props.onOpen(active.id))}
        onPointerLeave={() => setActive(null)}
      >
        {active && (
          <Tip x={active.x} y={active.y} width={size.width}>
            {props.describe(active.id)}
          </Tip>
        )}
      </Drawing>
    </>
  );
}
