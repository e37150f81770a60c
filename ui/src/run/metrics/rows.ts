/** Sections and panels as rows with known heights, of which only those in sight are drawn. */

import type { Panel, Section } from "@/run/metrics/sections";

/** A heading, or panels beside each other. */
export interface Row {
  readonly id: string;
  readonly top: number;
  readonly height: number;
  readonly section: Section;
  readonly isOpen: boolean;
  readonly kind: "heading" | "charts" | "values";
  readonly panels: readonly Panel[];
}

export const HEADING = 36;
export const GAP = 12;
const LEAST_WIDTH = 400;
const VALUE_HEIGHT = 64;
const HEIGHTS = { 1: 240, 2: 320, 3: 440 } as const;

/** Return how many panels of the smallest size are beside each other. */
export function columnsOf(width: number): number {
  return Math.max(1, Math.min(6, Math.floor((width + GAP) / (LEAST_WIDTH + GAP))));
}

/** Return how many columns a panel takes. */
export function spanOf(panel: Panel, columns: number): number {
  return panel.size === 3 ? columns : Math.min(panel.size, columns);
}

/** Return the height of a panel. */
export function heightOf(panel: Panel): number {
  return HEIGHTS[panel.size] + (panel.keys.length > 1 ? 24 : 0);
}

/** Return the rows of sections: the heading, single values, charts; of a folded one the first. */
export function rowsOf(
  sections: readonly Section[],
  columns: number,
  isOpen: (section: Section) => boolean,
  isValue: (panel: Panel) => boolean,
): Row[] {
  const rows: Row[] = [];
  let top = 0;
  const add = (row: Omit<Row, "top">): void => {
    rows.push({ ...row, top });
    top += row.height;
  };
  for (const section of sections) {
    const base = { section, isOpen: isOpen(section) };
    add({ ...base, id: `${section.name}/`, height: HEADING, kind: "heading", panels: [] });
    if (!base.isOpen) continue;
    const values = section.panels.filter(isValue);
    for (let at = 0; at < values.length; at += 2 * columns) {
      const panels = values.slice(at, at + 2 * columns);
      const id = `${section.name}/value ${panels[0]!.id}`;
      add({ ...base, id, height: VALUE_HEIGHT + GAP, kind: "values", panels });
    }
    const charts = values.length ? section.panels.filter((one) => !isValue(one)) : section.panels;
    for (const panels of packed(charts, columns)) {
      const height = Math.max(...panels.map(heightOf)) + GAP;
      add({ ...base, id: `${section.name}/${panels[0]!.id}`, height, kind: "charts", panels });
    }
  }
  return rows;
}

function packed(panels: readonly Panel[], columns: number): Panel[][] {
  const rows: Panel[][] = [];
  let free = 0;
  for (const panel of panels) {
    const span = spanOf(panel, columns);
    if (span > free || !rows.length) {
      rows.push([]);
      free = columns;
    }
    rows.at(-1)!.push(panel);
    free -= span;
  }
  return rows;
}

/** Return the rows that a part of the page shows. */
export function inSight(rows: readonly Row[], from: number, to: number): readonly Row[] {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = rows[middle]!;
    if (row.top + row.height <= from) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (end < rows.length && rows[end]!.top < to) end++;
  return rows.slice(low, end);
}
