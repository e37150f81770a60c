/** Calls for what a run logged by step: images, sounds and texts. */

import { get } from "@/api/client";
import type { MediaItem, MediaSeries } from "@/api/types";

export type { MediaItem, MediaSeries };

/** List what a run logged by step, by key. */
export function readMedia(run: string, signal?: AbortSignal): Promise<MediaSeries[]> {
  return get("run/media", { run }, signal);
}
