/** What the mouse does over a timeline: a drag, and the wheel with Ctrl, zoom in. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { clamp, zoom, type Range } from "@/run/nodes/axis";

/** The range that is shown, of which whole, and how to change it. */
export interface ZoomProps {
  readonly range: Range;
  readonly whole: Range;
  readonly onChange: (range: Range) => void;
}

const LEAST = 6; // pixels of a drag that is no click

/** The box around a timeline; its axis has the class `axis`, its rows have `node-track`. */
export function Drag(props: ZoomProps & { children: ComponentChildren }) {
  const { range, onChange, children } = props;
  const box = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  useWheel(box, props);
  const down = (event: PointerEvent): void => {
    const isTrack = (event.target as HTMLElement).closest(".node-track, .axis");
    if (isTrack && event.button === 0) setDrag({ from: event.clientX, to: event.clientX });
  };
  const up = (event: PointerEvent): void => {
    setDrag(null);
    if (!drag || Math.abs(event.clientX - drag.from) < LEAST) return;
    const ends = [drag.from, event.clientX].sort((a, b) => a - b);
    const [first, last] = ends.map((x) => momentAt(box.current!, range, x));
    onChange({ first: first!, last: last! });
  };
  return (
    <div
      class="timeline-box"
      ref={box}
      onPointerDown={down}
      onPointerMove={(event) => drag && setDrag({ ...drag, to: event.clientX })}
      onPointerUp={up}
      onPointerLeave={() => setDrag(null)}
      onKeyDown={(event) => press(event, props)}
    >
      {children}
      {drag && <Covered drag={drag} box={box.current!} />}
    </div>
  );
}

/** Zoom by + and −, show all by 0, and move by the arrows to the sides. */
function press(event: KeyboardEvent, { range, whole, onChange }: ZoomProps): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const [length, middle] = [range.last - range.first, (range.first + range.last) / 2];
  const moved = (by: number): Range =>
    clamp({ first: range.first + by * length, last: range.last + by * length }, whole);
  const next: Record<string, () => Range> = {
    "+": () => zoom(range, whole, 0.5, middle),
    "-": () => zoom(range, whole, 2, middle),
    "0": () => whole,
    ArrowLeft: () => moved(-0.25),
    ArrowRight: () => moved(0.25),
  };
  const act = next[event.key];
  if (!act) return;
  event.preventDefault();
  onChange(act());
}

/** Return the moment at a place of the screen. */
function momentAt(box: HTMLElement, range: Range, x: number): number {
  const axis = box.querySelector(".axis")!.getBoundingClientRect();
  const share = Math.max(0, Math.min(1, (x - axis.left) / axis.width));
  return range.first + share * (range.last - range.first);
}

/** Zoom by the wheel; the listener may stop the browser from zooming the whole page. */
function useWheel(box: { current: HTMLDivElement | null }, props: ZoomProps): void {
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    const turn = (event: WheelEvent): void => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const { range, whole, onChange } = latest.current;
      const at = momentAt(box.current!, range, event.clientX);
      onChange(zoom(range, whole, event.deltaY > 0 ? 1.25 : 0.8, at));
    };
    const element = box.current!;
    element.addEventListener("wheel", turn, { passive: false });
    return () => element.removeEventListener("wheel", turn);
  }, []);
}

function Covered({ drag, box }: { drag: { from: number; to: number }; box: HTMLElement }) {
  const left = Math.min(drag.from, drag.to) - box.getBoundingClientRect().left;
  const width = Math.abs(drag.to - drag.from);
  return width > 2 ? (
    <i class="covered" style={{ left: `${left}px`, width: `${width}px` }} />
  ) : null;
}
