/** The keys of a grid: move, select, open. */

import type { Selection } from "@/table/selection";

interface Target<Row> {
  readonly count: number;
  readonly keyAt: (index: number) => number | undefined;
  readonly rowAt: (index: number) => Row | undefined;
  readonly selection: Selection;
  readonly onOpen: (row: Row) => void;
  readonly scrollTo: (index: number) => void;
}

const PAGE = 20;
const STEPS: Record<string, number> = {
  ArrowDown: 1,
  ArrowUp: -1,
  PageDown: PAGE,
  PageUp: -PAGE,
  Home: -Infinity,
  End: Infinity,
};

/** Act on a key that was pressed in a grid. */
export function pressed<Row>(event: KeyboardEvent, target: Target<Row>): void {
  if ((event.target as HTMLElement).matches("input:not([type=checkbox]), select, textarea")) return;
  const step = STEPS[event.key];
  if (step !== undefined && !event.altKey) move(event, target, step);
  else if (event.key === " ") toggle(event, target);
  else if (event.key === "Enter") open(event, target);
  else if (event.key === "a" && (event.ctrlKey || event.metaKey)) selectAll(event, target);
  else if (event.key === "Escape" && target.selection.size) target.selection.clear();
}

function move<Row>(event: KeyboardEvent, target: Target<Row>, step: number): void {
  event.preventDefault();
  const { selection, count } = target;
  const next = Math.max(0, Math.min(count - 1, selection.active.value + step));
  if (event.shiftKey) {
    if (!selection.size) selection.toggle(Math.max(0, selection.active.value), false, target.keyAt);
    selection.toggle(next, true, target.keyAt);
  }
  selection.active.value = next;
  target.scrollTo(next);
}

function toggle<Row>(event: KeyboardEvent, target: Target<Row>): void {
  event.preventDefault();
  const { selection } = target;
  if (selection.active.value >= 0) {
    selection.toggle(selection.active.value, event.shiftKey, target.keyAt);
  }
}

function open<Row>(event: KeyboardEvent, target: Target<Row>): void {
  if ((event.target as HTMLElement).matches("a, button")) return;
  const row = target.rowAt(target.selection.active.value);
  if (row !== undefined) target.onOpen(row);
}

function selectAll<Row>(event: KeyboardEvent, target: Target<Row>): void {
  event.preventDefault();
  const keys: number[] = [];
  for (let at = 0; at < target.count; at++) {
    const key = target.keyAt(at);
    if (key !== undefined) keys.push(key);
  }
  target.selection.set(keys);
}
