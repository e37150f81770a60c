/** Calls of comparisons: all keys of experiments, everything about a run, and its media. */

import { addressOf, get } from "@/api/client";
import type { Family } from "@/api/runs";
import type { KeyPage, MediaSeries, RunDetails, RunKey } from "@/api/types";

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

export interface GraphNode {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** Everything about a run, with the snapshots that comparisons use. */
export interface Details extends Omit<RunDetails, "snapshots"> {
  readonly snapshots: {
    readonly config?: ConfigSnapshot;
    readonly environment?: EnvironmentSnapshot;
    readonly git?: GitSnapshot;
    readonly graph?: { readonly nodes: readonly GraphNode[] };
  };
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

/** Read which media a run logged, by step. */
export function readMedia(run: string, signal?: AbortSignal): Promise<MediaSeries[]> {
  return get("run/media", { run }, signal);
}

/** Return the address of a file of a run. */
export function addressOfFile(run: string, path: string): string {
  return addressOf("run/download", { run, path });
}
