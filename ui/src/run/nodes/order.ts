/** Which nodes of a run are shown, and in which order. */

import type { NodeRunRecord, RunDetails } from "@/api/types";
import type { Range } from "@/run/nodes/axis";

/** What nodes are sorted by. */
export type NodeSort = "started" | "node" | "duration" | "cpu" | "peak";

/** Return how long a node ran, in seconds. */
export function durationOf(node: NodeRunRecord, now: number): number {
  return Math.max(0, (node.ended ?? now) - node.started);
}

/** Return the number of nodes by status, the most frequent first. */
export function countStatuses(nodes: readonly NodeRunRecord[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const node of nodes) counts.set(node.status, (counts.get(node.status) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}

/** Which nodes are shown, and how they are sorted. */
export interface Narrow {
  readonly find: string;
  readonly status: string;
  readonly sort: string;
}

/** Return the nodes that match, in order; a sort with `-` goes down. */
export function orderNodes(
  nodes: readonly NodeRunRecord[],
  narrow: Narrow,
  now: number,
): NodeRunRecord[] {
  const find = narrow.find.trim().toLowerCase();
  const found = nodes.filter(
    (node) =>
      (!narrow.status || node.status === narrow.status) &&
      (!find || node.node.toLowerCase().includes(find) || node.reason.toLowerCase().includes(find)),
  );
  const isDown = narrow.sort.startsWith("-");
  const by = (narrow.sort.replace("-", "") || "started") as NodeSort;
  const value = (node: NodeRunRecord): number =>
    by === "duration" ? durationOf(node, now) : by === "node" ? 0 : node[by];
  const order = (a: NodeRunRecord, b: NodeRunRecord): number =>
    by === "node" ? a.node.localeCompare(b.node) : value(a) - value(b);
  return found.sort((a, b) => (isDown ? order(b, a) : order(a, b)));
}

/** Return the range of all nodes, in seconds since the start of the run. */
export function wholeOf({ run, nodes }: RunDetails, now: number): Range {
  let [first, last] = [Infinity, -Infinity];
  for (const node of nodes) {
    const at = node.started - run.started;
    first = Math.min(first, at);
    last = Math.max(last, at + durationOf(node, now));
  }
  return last > first ? { first, last } : { first, last: first + 1 };
}
