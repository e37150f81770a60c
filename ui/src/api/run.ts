/** Calls on one run: everything about it, and its events while it runs. */

import { get } from "@/api/client";
import { follow } from "@/api/live";
import type { MetricSummary, RunDetails, RunRecord } from "@/api/types";

export type { RunDetails, RunRecord, MetricSummary };

/** A node of a pipeline. */
export interface GraphNode {
  readonly name: string;
  readonly function: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly tags: readonly string[];
  readonly namespace: string;
}

/** The nodes of a pipeline. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
}

/** The Python, the machine and the packages that a run had. */
export interface Environment {
  readonly python: string;
  readonly implementation: string;
  readonly platform: string;
  readonly machine: string;
  readonly processors: number;
  readonly treadle: string;
  readonly prefix: string;
  readonly packages: Readonly<Record<string, string>>;
  readonly sources?: Readonly<Record<string, string>>;
  readonly folder?: string;
  readonly hash_seed?: string;
}

/** A repository inside another one. */
export interface Submodule {
  readonly path: string;
  readonly commit: string;
  readonly remote?: string;
}

/** The commit of the code, and whether it was changed since. */
export interface Git {
  readonly commit: string;
  readonly branch: string;
  readonly dirty: boolean;
  readonly changed: readonly string[];
  readonly remote: string;
  readonly omitted?: readonly string[];
  readonly omitted_more?: number;
  readonly root?: string;
  readonly folder?: string;
  readonly submodules?: readonly Submodule[] | null;
}

/** What was recorded around a run; each may be missing, and others may be there. */
export interface Snapshots {
  readonly config?: unknown;
  readonly graph?: Graph;
  readonly environment?: Environment;
  readonly git?: Git | null;
}

/** Return what was recorded around a run. */
export function snapshotsOf(details: RunDetails): Snapshots {
  return details.snapshots as Snapshots;
}

/** The state of a run that an event brings. */
export interface RunNow {
  readonly run: RunRecord;
  readonly metrics: MetricSummary[];
}

/** Read everything about a run; its log is read by pages, where it is shown. */
export function readRun(id: string, signal?: AbortSignal): Promise<RunDetails> {
  return get("run", { run: id, logs: false }, signal);
}

/** Follow the changes of a run; return how to stop. */
export function followRun(id: string, act: (now: RunNow) => void): () => void {
  return follow<RunNow>(`runs/${encodeURIComponent(id)}/events`, {}, "run", act);
}

/** Whether a run may still change by itself. */
export function isLive(run: RunRecord): boolean {
  return ["running", "scheduled", "lost"].includes(run.status);
}
