/** The selected rows of a grid, and the row that the keyboard is at. */

import { signal, type Signal } from "@preact/signals";

/** Rows by key; ranges go from the last one that was chosen alone. */
export class Selection {
  readonly keys: Signal<ReadonlySet<number>> = signal(new Set<number>());
  readonly active: Signal<number> = signal(-1);
  private anchor = -1;

  get size(): number {
    return this.keys.value.size;
  }

  clear(): void {
    this.keys.value = new Set();
    this.anchor = -1;
  }

  set(keys: Iterable<number>): void {
    this.keys.value = new Set(keys);
  }

  /** Choose a row, or with `range` all rows from the last one on. */
  toggle(index: number, range: boolean, keyAt: (index: number) => number | undefined): void {
    const next = new Set(this.keys.value);
    this.active.value = index;
    if (range && this.anchor >= 0) {
      const [first, last] = [Math.min(index, this.anchor), Math.max(index, this.anchor)];
      for (let at = first; at <= last; at++) add(next, keyAt(at));
    } else {
      const key = keyAt(index);
      if (key !== undefined && next.has(key)) next.delete(key);
      else add(next, key);
      this.anchor = index;
    }
    this.keys.value = next;
  }
}

function add(keys: Set<number>, key: number | undefined): void {
  if (key !== undefined) keys.add(key);
}
