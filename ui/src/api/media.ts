/** Calls for what a run logged by step: images, sounds and texts. */

import { get } from "@/api/client";

/** A file that was logged at a step. */
export interface MediaItem {
  readonly step: number;
  readonly path: string;
}

/** Files of one kind that were logged under one key, by step. */
export interface MediaSeries {
  readonly key: string;
  readonly kind: "image" | "audio" | "text";
  readonly items: readonly MediaItem[];
}

/** List what a run logged by step, by key. */
export function readMedia(run: string, signal?: AbortSignal): Promise<MediaSeries[]> {
  return get("run/media", { run }, signal);
}
