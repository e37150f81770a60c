/** Calls on one run: everything about it, and its events while it runs. */

import { get } from "@/api/client";
import { follow } from "@/api/live";
import type { Scalar } from "@/api/types";

/** A number of JSON; NaN and the infinities are texts. */
export type Num = number | string;

export interface RunError {
  readonly kind: string;
  readonly message: string;
  readonly traceback: string;
}

export interface RunRecord {
  readonly id: string;
  readonly name: string;
  readonly experiment: string;
  readonly experiment_id: string;
  readonly status: string;
  readonly started: number;
  readonly ended: number | null;
  readonly kind: string;
  readonly command: string;
  readonly user: string;
  readonly parent: string;
  readonly error: RunError | null;
  readonly dropped: number;
  readonly params: Readonly<Record<string, Scalar>>;
  readonly metrics: Readonly<Record<string, Num>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly deleted: number | null;
}

export interface MetricSummary {
  readonly key: string;
  readonly last: Num;
  readonly last_step: number;
  readonly last_time: number;
  readonly min: Num | null;
  readonly max: Num | null;
  readonly mean: Num | null;
  readonly count: number;
  readonly nan_count: number;
}

export interface NodeRun {
  readonly node: string;
  readonly status: string;
  readonly started: number;
  readonly ended: number | null;
  /** Seconds of the processor. */
  readonly cpu: number;
  /** Greatest number of bytes in memory. */
  readonly peak: number;
  readonly reason: string;
  readonly error: RunError | null;
  readonly key: string;
}

export interface DatasetUse {
  readonly node: string;
  readonly dataset: string;
  readonly role: "read" | "written" | "reused";
  readonly type: string;
  readonly location: string;
  readonly version: string;
  readonly digest: string;
  readonly size: number;
  readonly time: number;
}

export interface Artifact {
  readonly path: string;
  readonly digest: string;
  readonly size: number;
  readonly time: number;
}

export interface DatasetInput {
  readonly name: string;
  readonly digest: string;
  readonly source_type: string;
  readonly source: string;
  readonly columns?: string | null;
  readonly profile?: string | null;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface ModelUse {
  readonly model: string;
  readonly role: "input" | "output";
  readonly step: number;
}

export interface ReusedValue {
  readonly kind: string;
  readonly name: string;
  readonly node: string;
  readonly origin: string;
}

export interface LogRecord {
  readonly time: number;
  readonly level: string;
  readonly logger: string;
  readonly text: string;
}

export interface GraphNode {
  readonly name: string;
  readonly function: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly tags: readonly string[];
  readonly namespace: string;
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
}

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

export interface Submodule {
  readonly path: string;
  readonly commit: string;
  readonly remote?: string;
}

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

/** Everything about a run, except the points of its metrics. */
export interface RunDetails {
  readonly run: RunRecord;
  readonly nodes: readonly NodeRun[];
  readonly datasets: readonly DatasetUse[];
  readonly metrics: readonly MetricSummary[];
  readonly artifacts: readonly Artifact[];
  readonly logs: readonly LogRecord[];
  readonly inputs: readonly DatasetInput[];
  readonly models: readonly ModelUse[];
  readonly snapshots: Snapshots;
  readonly reused: readonly ReusedValue[];
}

/** The state of a run that an event brings. */
export interface RunNow {
  readonly run: RunRecord;
  readonly metrics: readonly MetricSummary[];
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
