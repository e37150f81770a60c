/** Which file of a series is shown at a step. */

import type { MediaItem, MediaSeries } from "@/api/media";

/** Return all steps of series, in order. */
export function stepsOf(series: readonly MediaSeries[]): number[] {
  const steps = new Set<number>();
  for (const one of series) for (const { step } of one.items) steps.add(step);
  return [...steps].sort((a, b) => a - b);
}

/** Return the last file that was logged no later than a step; null if there is none. */
export function itemAt(series: MediaSeries, step: number): MediaItem | null {
  const { items } = series;
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle]!.step <= step) low = middle + 1;
    else high = middle;
  }
  return items[low - 1] ?? null;
}

/** Return the series whose key has all words of a text, sorted by kind and key. */
export function chosenSeries(series: readonly MediaSeries[], text: string): MediaSeries[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const order = new Intl.Collator("en", { numeric: true });
  return series
    .filter((one) => words.every((word) => one.key.toLowerCase().includes(word)))
    .sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || order.compare(a.key, b.key));
}

const KINDS = ["image", "audio", "text"];

/** Whether a run may have files that were logged by step. */
export function mayHaveMedia(files: readonly { readonly path: string }[]): boolean {
  return files.some(({ path }) => path.startsWith("media/") || path.startsWith("images/"));
}
