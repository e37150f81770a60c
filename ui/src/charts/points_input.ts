/** Pointing at the points of a chart, with the mouse and with keys. */

import { useState } from "preact/hooks";

/** A point where it is drawn. */
export interface Hit {
  readonly id: string;
  readonly label: string;
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly color: string;
}

export interface PointActions {
  readonly onSelect: (ids: readonly string[]) => void;
  readonly onOpen: (id: string) => void;
}

type Place = readonly [number, number];
type Box = Record<"left" | "top" | "width" | "height", string>;
type Frame = { readonly current: HTMLDivElement | null };

const NEAR = 14;
const MOVED = 4;

/** Follow the pointer and the keys over points. */
export function usePoints(
  hits: readonly Hit[],
  selected: ReadonlySet<string>,
  { onSelect, onOpen }: PointActions,
) {
  const [activeId, setActive] = useState("");
  const [drag, setDrag] = useState<Drag | null>(null);
  const active = hits.find((hit) => hit.id === activeId);
  const isDragged = drag !== null && distance(drag.from, drag.to) > MOVED;
  const toggle = (id: string): void =>
    onSelect(selected.has(id) ? [...selected].filter((one) => one !== id) : [...selected, id]);
  const release = (event: PointerEvent): void => {
    setDrag(null);
    if (isDragged) {
      const inside = hits.filter((hit) => isInside(hit, drag)).map((hit) => hit.id);
      onSelect(event.shiftKey ? [...new Set([...selected, ...inside])] : inside);
    } else if (active && (event.shiftKey || event.ctrlKey || event.metaKey)) toggle(active.id);
    else if (active) onOpen(active.id);
    else onSelect([]);
  };
  const press = (event: KeyboardEvent): void => {
    const next = stepped(hits, activeId, event.key);
    if (next) setActive(next.id);
    else if (event.key === "Enter" && active) onOpen(active.id);
    else if (event.key === " " && active) toggle(active.id);
    else if (event.key === "Escape") onSelect([]);
    else return;
    event.preventDefault();
  };
  const handlers = handlersOf({ hits, drag, setDrag, setActive, release, press });
  return { active, box: isDragged ? boxOf(drag) : null, handlers };
}

interface Drag {
  readonly from: Place;
  readonly to: Place;
}

interface Input {
  readonly hits: readonly Hit[];
  readonly drag: Drag | null;
  readonly setDrag: (drag: Drag | null) => void;
  readonly setActive: (id: string) => void;
  readonly release: (event: PointerEvent) => void;
  readonly press: (event: KeyboardEvent) => void;
}

/** Return the handlers of a drawing, whose element and places the caller knows. */
function handlersOf({ hits, drag, setDrag, setActive, release, press }: Input) {
  return (frame: Frame, placeOf: (event: PointerEvent, element: HTMLElement) => Place) => ({
    onPointerDown: (event: PointerEvent) => {
      if (event.button !== 0) return;
      const from = placeOf(event, frame.current!);
      setDrag({ from, to: from });
      frame.current!.setPointerCapture(event.pointerId);
    },
    onPointerMove: (event: PointerEvent) => {
      const to = placeOf(event, frame.current!);
      setActive(nearest(hits, to)?.id ?? "");
      if (drag) setDrag({ ...drag, to });
    },
    onPointerUp: release,
    onPointerCancel: () => setDrag(null),
    onPointerLeave: () => setActive(""),
    onBlur: () => setActive(""),
    onKeyDown: press,
  });
}

const distance = ([x1, y1]: Place, [x2, y2]: Place): number => Math.hypot(x1 - x2, y1 - y2);

/** Return the point that is nearest to a place, if it is near enough. */
export function nearest(hits: readonly Hit[], [x, y]: Place): Hit | undefined {
  let best: Hit | undefined;
  let least = NEAR;
  for (const hit of hits) {
    const away = distance([hit.x, hit.y], [x, y]) - hit.radius / 2;
    if (away < least) [best, least] = [hit, away];
  }
  return best;
}

/** Return the point that an arrow key goes to: along x by left and right, else along y. */
export function stepped(hits: readonly Hit[], id: string, key: string): Hit | undefined {
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1 }[key];
  if (!step || !hits.length) return undefined;
  const along = key === "ArrowRight" || key === "ArrowLeft" ? "x" : "y";
  const sorted = [...hits].sort((one, other) => one[along] - other[along]);
  const at = sorted.findIndex((hit) => hit.id === id);
  if (at < 0) return step > 0 ? sorted[0] : sorted.at(-1);
  return sorted[Math.max(0, Math.min(sorted.length - 1, at + step))];
}

function isInside(hit: Hit, drag: Drag): boolean {
  const between = (value: number, one: number, other: number): boolean =>
    value >= Math.min(one, other) && value <= Math.max(one, other);
  const { from, to } = drag;
  return between(hit.x, from[0], to[0]) && between(hit.y, from[1], to[1]);
}

function boxOf({ from, to }: Drag): Box {
  return {
    left: `${Math.min(from[0], to[0])}px`,
    top: `${Math.min(from[1], to[1])}px`,
    width: `${Math.abs(from[0] - to[0])}px`,
    height: `${Math.abs(from[1] - to[1])}px`,
  };
}
