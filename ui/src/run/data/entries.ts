/** The data of a run: one entry per dataset and content, with the nodes that used it. */

import type { DatasetInputRecord, DatasetUseRecord } from "@/api/types";

/** A content of a dataset, and what the run did with it. */
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
    location: placeOf(input.source),
    writers: [],
    readers: [],
    logged: input,
  };
}

/** Return the place in the source of a client, which is JSON such as `{"url": "…"}`. */
export function placeOf(source: string): string {
  try {
    const value: unknown = JSON.parse(source);
    if (typeof value !== "object" || value === null) return source;
    const places = Object.values(value).filter((one) => typeof one === "string");
    return places.length === 1 && Object.keys(value).length === 1 ? places[0]! : source;
  } catch {
    return source;
  }
}

/** A column of a table. */
export interface SchemaColumn {
  readonly name: string;
  readonly type: string;
}

/** Return the columns of a schema as clients of MLflow write it; null if it has another form. */
export function columnsOf(text: string | null | undefined): SchemaColumn[] | null {
  try {
    const { mlflow_colspec: columns } = JSON.parse(text ?? "null") as Record<string, unknown>;
    if (!Array.isArray(columns)) return null;
    return columns.map((one: Record<string, unknown>) => ({
      name: String(one["name"] ?? ""),
      type: typeof one["type"] === "string" ? one["type"] : JSON.stringify(one["type"]),
    }));
  } catch {
    return null;
  }
}
