/** Nodes packed into lanes, so that those that ran beside each other are below each other. */

import type { NodeRunRecord } from "@/api/types";
import { durationOf } from "@/run/nodes/order";

/** Nodes as a picture. */
export interface Packed {
  /** The number of lanes: how many nodes ran at once. */
  readonly lanes: number;
  /** The outlines of the nodes of each status, as paths of SVG. */
  readonly paths: readonly (readonly [status: string, path: string])[];
}

/** The width of the picture; a node is at least one wide. */
export const WIDTH = 1000;
/** The height of a lane, with the space below it. */
export const LANE = 10;
const FILLED = 8;

/** Return the nodes between two moments as outlines. */
export function pack(
  nodes: readonly NodeRunRecord[],
  first: number,
  last: number,
  now: number,
): Packed {
  const scale = WIDTH / Math.max(last - first, 1e-9);
  const free: number[] = [];
  const paths = new Map<string, string[]>();
  for (const node of [...nodes].sort((a, b) => a.started - b.started)) {
    const duration = durationOf(node, now);
    const lane = freeLane(free, node.started);
    free[lane] = node.started + duration;
    const x = round((node.started - first) * scale);
    const width = round(Math.max(1, duration * scale));
    const path = `M${x} ${lane * LANE}h${width}v${FILLED}h-${width}z`;
    const found = paths.get(node.status);
    if (found) found.push(path);
    else paths.set(node.status, [path]);
  }
  const all = [...paths].map(([status, parts]) => [status, parts.join("")] as const);
  return { lanes: free.length, paths: all };
}

/** Return the first lane that is free at a moment; a new one if none is. */
function freeLane(free: readonly number[], at: number): number {
  const found = free.findIndex((end) => end <= at);
  return found < 0 ? free.length : found;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
