/** The cursor that charts of a page share: where one is, the others show the same x. */

type Listener = (x: number | null, from: object) => void;

const groups = new Map<string, Set<Listener>>();

/** Hear of the cursors of a group of charts; return how to stop. */
export function hear(group: string, listener: Listener): () => void {
  const listeners = groups.get(group) ?? new Set();
  groups.set(group, listeners.add(listener));
  return () => {
    listeners.delete(listener);
    if (!listeners.size && groups.get(group) === listeners) groups.delete(group);
  };
}

/** Tell the charts of a group where the cursor is; null where it left. */
export function tell(group: string, x: number | null, from: object): void {
  for (const listener of groups.get(group) ?? []) listener(x, from);
}
