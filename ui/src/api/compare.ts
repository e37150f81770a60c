/** Calls of comparisons: all keys of experiments, everything about a run, and its media. */

import { addressOf, get } from "@/api/client";
import type { Family } from "@/api/runs";
import type { KeyPage, RunKey } from "@/api/types";

type Scalar = string | number | boolean | null;

const PAGE = 1_000;

/** Read the names of all params, metrics or tags that the runs of experiments have. */
export async function listKeys(
  family: Family,
  experiments: readonly string[],
  signal?: AbortSignal,
): Promise<RunKey[]> {
  const keys: RunKey[] = [];
  let after = "";
  do {
    const query = { family, experiments: [...experiments], limit: PAGE, counts: false, after };
    const page = await get<KeyPage>("keys", query, signal);
    keys.push(...page.keys);
    after = page.next;
  } while (after);
  return keys;
}

export interface DatasetUse {
  readonly node: string;
  readonly dataset: string;
  readonly role: "read" | "written" | "reused";
  readonly version: string;
  readonly digest: string;
  readonly size: number;
}

export interface NodeRun {
  readonly node: string;
  readonly status: string;
  readonly started: number;
  readonly ended: number | null;
  readonly reason: string;
  readonly key: string;
}

export interface Artifact {
  readonly path: string;
  readonly digest: string;
  readonly size: number;
}

/** What the record of a run has of its code. */
export interface GitSnapshot {
  readonly commit?: string;
  readonly branch?: string;
  readonly dirty?: boolean;
  readonly changed?: readonly string[];
  readonly remote?: string;
}

/** What the record of a run has of its environment. */
export interface EnvironmentSnapshot {
  readonly python?: string;
  readonly implementation?: string;
  readonly platform?: string;
  readonly machine?: string;
  readonly processors?: number;
  readonly hash_seed?: string;
  readonly packages?: Readonly<Record<string, string>>;
  readonly sources?: Readonly<Record<string, string>>;
}

/** What the record of a run has of its configuration. */
export interface ConfigSnapshot {
  readonly parameters?: unknown;
  readonly seed?: number;
  readonly request?: Readonly<Record<string, unknown>>;
  readonly environment?: string;
  readonly catalog?: unknown;
}

/** Everything about a run that comparisons use. */
export interface Details {
  readonly run: {
    readonly id: string;
    readonly name: string;
    readonly status: string;
    readonly started: number;
    readonly command: string;
    readonly params: Readonly<Record<string, Scalar>>;
  };
  readonly metrics: readonly { readonly key: string; readonly last: number | string }[];
  readonly nodes: readonly NodeRun[];
  readonly datasets: readonly DatasetUse[];
  readonly artifacts: readonly Artifact[];
  readonly inputs: readonly { readonly name: string; readonly digest: string }[];
  readonly snapshots: {
    readonly config?: ConfigSnapshot;
    readonly environment?: EnvironmentSnapshot;
    readonly git?: GitSnapshot;
    readonly graph?: { readonly nodes: readonly GraphNode[] };
  };
}

export interface GraphNode {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

const held = new Map<string, Promise<Details>>();
const MOST_HELD = 50;

/** Read everything about a run, once; running ones are read again. */
export function readDetails(run: string): Promise<Details> {
  const known = held.get(run);
  if (known) return known;
  if (held.size >= MOST_HELD) held.clear();
  const reading = get<Details>(`runs/${encodeURIComponent(run)}`);
  held.set(run, reading);
  reading.then(
    (details) => details.run.status === "running" && held.delete(run),
    () => held.delete(run),
  );
  return reading;
}

export interface MediaSeries {
  readonly key: string;
  readonly kind: "image" | "audio" | "text";
  readonly items: readonly { readonly step: number; readonly path: string }[];
}

/** Read which media a run logged, by step. */
export function readMedia(run: string, signal?: AbortSignal): Promise<MediaSeries[]> {
  return get("run/media", { run }, signal);
}

/** Return the address of a file of a run. */
export function addressOfFile(run: string, path: string): string {
  return addressOf("run/download", { run, path });
}
