/** The columns of a grid. */

import type { ComponentChildren } from "preact";

export interface GridColumn<Row> {
  /** Its name in the address of the page. */
  readonly id: string;
  readonly title: string;
  /** A word above the title, such as the family of a key. */
  readonly group?: string;
  readonly hint?: string;
  readonly width: number;
  readonly isNumber: boolean;
  /** Whether it stays at the left. */
  readonly isPinned: boolean;
  readonly canSort: boolean;
  readonly render: (row: Row) => ComponentChildren;
  /** The text of the tooltip and of a copied cell. */
  readonly text?: (row: Row) => string;
  /** The colour behind a value. */
  readonly heat?: (row: Row) => string | undefined;
}

export const MIN_WIDTH = 48;
export const MAX_WIDTH = 900;

/** Return the names of columns after one was moved before another (or to the end). */
export function moved(ids: readonly string[], id: string, before: string | null): string[] {
  const rest = ids.filter((one) => one !== id);
  const at = before === null ? rest.length : rest.indexOf(before);
  return at < 0 ? [...ids] : [...rest.slice(0, at), id, ...rest.slice(at)];
}
