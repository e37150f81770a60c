/** The images of runs, by key and step. */

import type { Details } from "@/api/compare";
import type { MediaSeries } from "@/api/types";

/** An image of a run. */
export interface Picture {
  readonly path: string;
  /** Null for a file that was not logged at a step. */
  readonly step: number | null;
}

/** The images of one run, by key. */
export type Pictures = ReadonlyMap<string, readonly Picture[]>;

const IMAGE = /\.(png|jpe?g|gif|webp|avif|bmp)$/i;
const LOGGED = /^(media|images)\//;

/** Return the images that a run logged at steps, and its other image files, by their path. */
export function picturesOf(media: readonly MediaSeries[], files: Details["artifacts"]): Pictures {
  const pictures = new Map<string, readonly Picture[]>();
  for (const series of media) {
    if (series.kind !== "image" || !series.items.length) continue;
    const sorted = [...series.items].sort((one, other) => one.step - other.step);
    pictures.set(series.key, sorted);
  }
  for (const { path } of files) {
    if (IMAGE.test(path) && !LOGGED.test(path)) pictures.set(path, [{ path, step: null }]);
  }
  return pictures;
}

/** Return the keys of all runs in natural order. */
export function keysOf(runs: readonly Pictures[]): string[] {
  const keys = new Set(runs.flatMap((one) => [...one.keys()]));
  return [...keys].sort(new Intl.Collator("en", { numeric: true }).compare);
}

/** Return all steps at which some run has an image. */
export function stepsOf(runs: readonly Pictures[]): number[] {
  const steps = new Set<number>();
  for (const pictures of runs) {
    for (const list of pictures.values()) {
      for (const { step } of list) if (step !== null) steps.add(step);
    }
  }
  return [...steps].sort((one, other) => one - other);
}

/** Return the image at a step, or the last one before it. */
export function pictureAt(list: readonly Picture[] | undefined, step: number): Picture | undefined {
  if (!list) return undefined;
  let found: Picture | undefined;
  for (const one of list) if (one.step === null || one.step <= step) found = one;
  return found;
}
