/** Why the result of a node may differ between two runs: its params, its inputs, or its code. */

import type { Details, GraphNode } from "@/api/compare";
import type { NodeRunRecord } from "@/api/types";
import { baseName, textOfFact } from "@/compare/facts";

const ALL = "parameters";
const PREFIX = "params:";
const SHOWN = 3;
const LONG = 30;
const DIGEST = 8;

/** Return for each node of both runs what differs in what it depends on; empty if nothing does. */
export function findCauses(old: Details, now: Details): Map<string, string> {
  const search = new Search(old, now);
  for (const name of search.nodes.keys()) if (search.before.has(name)) search.explain(name);
  return search.found;
}

class Search {
  readonly nodes: Map<string, GraphNode>;
  readonly before: Set<string>;
  readonly found = new Map<string, string>();
  private readonly makers = new Map<string, string>();
  private readonly digests: readonly Map<string, string>[];
  private readonly runs: readonly Map<string, NodeRunRecord>[];

  constructor(
    private readonly old: Details,
    private readonly now: Details,
  ) {
    this.nodes = new Map(now.snapshots.graph?.nodes.map((node) => [node.name, node]));
    this.before = new Set(old.snapshots.graph?.nodes.map((node) => node.name));
    this.digests = [digestsOf(old), digestsOf(now)];
    this.runs = [old, now].map((one) => new Map(one.nodes.map((node) => [node.node, node])));
    for (const node of this.nodes.values()) {
      for (const name of node.outputs) this.makers.set(baseName(name), node.name);
    }
  }

  explain(name: string): string {
    const known = this.found.get(name);
    if (known !== undefined) return known;
    this.found.set(name, "");
    const causes = this.nodes
      .get(name)!
      .inputs.flatMap((source) =>
        source === ALL || source.startsWith(PREFIX) ? this.params(source) : this.input(source),
      );
    const [was, is] = this.runs.map((nodes) => nodes.get(name)?.key);
    if (!causes.length && was && is && was !== is) causes.push("its code or libraries");
    const more = causes.length > SHOWN ? [`${causes.length - SHOWN} more`] : [];
    const text = [...causes.slice(0, SHOWN), ...more].join(", ");
    this.found.set(name, text);
    return text;
  }

  private params(source: string): string[] {
    const path = source.startsWith(PREFIX) ? source.slice(PREFIX.length) : ALL;
    const [was, is] = [this.old.run.params, this.now.run.params];
    const names = [...new Set([...Object.keys(was), ...Object.keys(is)])];
    return names
      .filter((name) => path === ALL || name === path || name.startsWith(`${path}.`))
      .filter((name) => was[name] !== is[name])
      .map((name) => `parameter "${name}": ${short(was[name])} → ${short(is[name])}`);
  }

  private input(source: string): string[] {
    const name = baseName(source);
    const [was, is] = this.digests.map((digests) => digests.get(name));
    if (was && is) {
      return was === is ? [] : [`input "${name}": ${startOf(was)} → ${startOf(is)}`];
    }
    const maker = this.makers.get(name) ?? "";
    // It is in memory only: compare what made it.
    return this.before.has(maker) && this.nodes.has(maker) && this.explain(maker)
      ? [`input "${name}", made by ${maker}`]
      : [];
  }
}

function digestsOf(details: Details): Map<string, string> {
  const read = details.datasets.filter((use) => use.role === "read");
  const made = details.datasets.filter((use) => use.role !== "read");
  return new Map(
    [...read, ...made].map((use) => [baseName(use.dataset), use.digest || use.version]),
  );
}

function short(value: unknown): string {
  const text = textOfFact(value);
  return text.length <= LONG ? text : `${text.slice(0, LONG - 1)}…`;
}

function startOf(digest: string): string {
  return digest.replace(/^blake3:/, "").slice(0, DIGEST);
}
