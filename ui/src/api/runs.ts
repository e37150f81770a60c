/** Calls on many runs: the table, its order, keys, groups, and changes. */

import { get, post } from "@/api/client";
import type { KeyPage, RunGroups, RunOrder, RunTable } from "@/api/types";

/** Which runs, in which order. */
export interface Search {
  readonly where: string;
  readonly sort: string;
  readonly experiments: readonly string[] | null;
  readonly lifecycle: "active" | "deleted" | "all";
}

/** Read the first runs of a search, with columns that the server chooses if none are given. */
export function readFirst(
  search: Search,
  columns: readonly string[] | null,
  limit: number,
  signal?: AbortSignal,
): Promise<RunTable> {
  return post("runs/table", { ...search, columns, limit }, signal);
}

/** Read columns of runs by their keys. */
export function readRows(
  keys: readonly number[],
  columns: readonly string[],
  signal?: AbortSignal,
): Promise<RunTable> {
  return post("runs/table", { keys, columns }, signal);
}

/** Read the keys of all runs of a search, in order. */
export function readOrder(search: Search, signal?: AbortSignal): Promise<RunOrder> {
  return post("runs/order", search, signal);
}

export type Family = "metrics" | "params" | "tags";

/** Find the names of metrics, params or tags. */
export function findKeys(
  family: Family,
  text: string,
  options: { limit?: number; after?: string; experiments?: readonly string[] | null } = {},
  signal?: AbortSignal,
): Promise<KeyPage> {
  const { limit = 50, after, experiments } = options;
  return get("keys", { family, text, limit, after, experiments: [...(experiments ?? [])] }, signal);
}

export interface Grouping {
  readonly by: readonly string[];
  readonly columns: readonly string[];
  readonly sort: string;
  readonly after?: string;
}

/** Read the groups of all runs of a search, with statistics of columns. */
export function readGroups(
  search: Search,
  grouping: Grouping,
  signal?: AbortSignal,
): Promise<RunGroups> {
  const { where, experiments, lifecycle } = search;
  return post("runs/groups", { where, experiments, lifecycle, ...grouping }, signal);
}

/** What to change of runs; see `RunChange`. */
export interface Change {
  readonly name?: string;
  readonly experiment?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly untag?: readonly string[];
  readonly deleted?: boolean;
}

/** Change runs, all or none. */
export function changeRuns(runs: readonly string[], change: Change): Promise<{ changed: number }> {
  return post("runs/change-all", { runs, change });
}
