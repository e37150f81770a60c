/** The data of a run: one entry per dataset and content, with the nodes that used it. */

import type { DatasetInputRecord, DatasetUseRecord } from "@/api/types";

export interface DataEntry {
  readonly name: string;
  readonly kind: "input" | "output" | "reused";
  readonly digest: string;
  readonly size: number;
  readonly version: string;
  readonly type: string;
  readonly location: string;
  /** The nodes that wrote it or would have. */
  readonly writers: readonly string[];
  readonly readers: readonly string[];
  /** What a client of MLflow logged of it. */
  readonly logged: DatasetInputRecord | undefined;
}

/** Return the data of a run: inputs, then outputs, then what was reused. */
export function entriesOf(
  uses: readonly DatasetUseRecord[],
  inputs: readonly DatasetInputRecord[],
): DataEntry[] {
  const groups = new Map<string, DatasetUseRecord[]>();
  for (const use of uses) {
    const key = JSON.stringify([use.dataset, use.digest, use.version]);
    const group = groups.get(key);
    if (group) group.push(use);
    else groups.set(key, [use]);
  }
  const order = { input: 0, output: 1, reused: 2 };
  const own = [...groups.values()].map(entryOf);
  return [...inputs.map(loggedEntry), ...own].sort((a, b) => order[a.kind] - order[b.kind]);
}

function entryOf(uses: DatasetUseRecord[]): DataEntry {
  const [first] = uses as [DatasetUseRecord];
  const has = (role: string): boolean => uses.some((use) => use.role === role);
  const nodes = (isReader: boolean): string[] =>
    uses.flatMap((use) => ((use.role === "read") === isReader ? [use.node] : []));
  return {
    name: first.dataset,
    kind: has("written") ? "output" : has("reused") ? "reused" : "input",
    digest: first.digest,
    size: first.size,
    version: first.version,
    type: first.type,
    location: first.location,
    writers: nodes(false),
    readers: nodes(true),
    logged: undefined,
  };
}

function loggedEntry(input: DatasetInputRecord): DataEntry {
  return {
    name: input.name,
    kind: "input",
    digest: input.digest,
    size: 0,
    version: "",
    type: input.source_type,
    location: input.source,
    writers: [],
    readers: [],
    logged: input,
  };
}
