/** What differs between the records of two runs. */

import { snapshotsOf } from "@/api/run";
import type { RunDetails } from "@/api/types";

/** An entry that two records have not alike. */
export interface Change<Value> {
  readonly key: string;
  /** Undefined where only one of the runs has it. */
  readonly before: Value | undefined;
  readonly after: Value | undefined;
}

type Values<Value> = Readonly<Record<string, Value>>;

/** Return the entries of two records that differ, by their keys. */
export function differencesOf<Value>(before: Values<Value>, after: Values<Value>): Change<Value>[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys]
    .sort()
    .map((key) => ({ key, before: own(before, key), after: own(after, key) }))
    .filter((one) => one.before !== one.after);
}

function own<Value>(values: Values<Value>, key: string): Value | undefined {
  return Object.hasOwn(values, key) ? values[key] : undefined;
}

/** Return the digests of the data of a run, by dataset. */
export function digestsOf(details: RunDetails): Record<string, string> {
  const found: Record<string, string> = {};
  for (const one of details.inputs) found[one.name] = one.digest;
  for (const one of details.datasets) if (one.digest) found[one.dataset] = one.digest;
  return found;
}

/** Return in words how the code of two runs differs; empty if it is the same or unknown. */
export function codeDifference(before: RunDetails, after: RunDetails): string {
  const [old, now] = [snapshotsOf(before).git, snapshotsOf(after).git];
  if (!old || !now) return "";
  const commits = [old.commit.slice(0, 8), now.commit.slice(0, 8)];
  if (old.commit !== now.commit) return `${commits[0] || "none"} → ${commits[1] || "none"}`;
  const [patch, other] = [changesOf(before), changesOf(after)];
  return patch === other ? "" : "uncommitted changes";
}

/** Return the digests of what is not in any commit. */
function changesOf(details: RunDetails): string {
  return details.artifacts
    .filter((one) => one.path.startsWith("code/"))
    .map((one) => `${one.path} ${one.digest}`)
    .join();
}
