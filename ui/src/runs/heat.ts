/** The colour behind a value, by where it is between the least and the greatest one. */

import { signal } from "@preact/signals";
import { findKeys } from "@/api/runs";
import { fieldOf } from "@/runs/fields";

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** Ranges of columns over all runs. */
export const ranges = signal<ReadonlyMap<string, Range>>(new Map());

/** Read the ranges of columns that have a heat and no range yet. */
export async function readRanges(ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const field = fieldOf(id);
    if (!field || field.family === "attribute" || ranges.value.has(id)) continue;
    const { keys } = await findKeys(field.family, field.key, { limit: 20 });
    const key = keys.find((one) => one.name === field.key);
    if (key?.min === null || key?.max === null || !key) continue;
    ranges.value = new Map([...ranges.value, [id, { min: key.min, max: key.max }]]);
  }
}

/** Return the colour of a value. */
export function heatColor(value: number | null, range: Range): string | undefined {
  if (value === null || !Number.isFinite(value) || range.max <= range.min) return undefined;
  const part = Math.max(0, Math.min(1, (value - range.min) / (range.max - range.min)));
  return `color-mix(in oklab, var(--heat) ${Math.round(8 + part * 46)}%, transparent)`;
}
