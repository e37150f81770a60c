/** Which other runs wrote and read a content. */

import { readFirst } from "@/api/runs";
import { readRun } from "@/api/run";
import type { RunDetails, RunRow } from "@/api/types";

/** Another run that used a content. */
export interface OtherUse {
  readonly run: Pick<RunRow, "id" | "name" | "started" | "status">;
  readonly nodes: readonly string[];
}

/** The other runs that used a content. */
export interface Lineage {
  readonly writers: readonly OtherUse[];
  readonly readers: readonly OtherUse[];
  /** Whether there are runs beyond those that were looked at. */
  readonly hasMore: boolean;
}

const MOST = 12;

/** Find the newest runs besides one that used a content, and what they did with it. */
export async function readLineage(
  digest: string,
  own: string,
  signal: AbortSignal,
): Promise<Lineage> {
  const where = `datasets.digest = "${digest.replace(/(["\\])/g, "\\$1")}" and id != "${own}"`;
  const search = { where, sort: "-started", experiments: null, lifecycle: "all" as const };
  const { rows } = await readFirst(search, [], MOST + 1, signal);
  const looked = rows.slice(0, MOST);
  const all = await Promise.all(looked.map((row) => readRun(row.id, signal)));
  const uses = (isReader: boolean): OtherUse[] =>
    all.flatMap((details) => {
      const nodes = nodesOf(details, digest, isReader);
      return nodes === null ? [] : [{ run: details.run, nodes }];
    });
  return { writers: uses(false), readers: uses(true), hasMore: rows.length > MOST };
}

/** Return the nodes of a run that read or wrote a content; null if none did. */
function nodesOf(details: RunDetails, digest: string, isReader: boolean): string[] | null {
  const role = isReader ? "read" : "written";
  const uses = details.datasets.filter((use) => use.digest === digest && use.role === role);
  const isLogged = isReader && details.inputs.some((input) => input.digest === digest);
  return uses.length || isLogged ? uses.map((use) => use.node) : null;
}
