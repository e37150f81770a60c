/** Params as lines of a tree by the dots of their names, some of them folded. */

import type { Scalar } from "@/run/params/scalar";

/** A line of the tree: a param, or a group of them. */
export interface ParamLine {
  /** The whole name, of a param or of a group. */
  readonly path: string;
  readonly name: string;
  readonly depth: number;
  /** The number of params below a group; 0 for a param. */
  readonly count: number;
  readonly isOpen: boolean;
  readonly value: Scalar | undefined;
  /** The value of the baseline. */
  readonly before: Scalar | undefined;
}

interface Group {
  readonly groups: Map<string, Group>;
  readonly params: { key: string; name: string }[];
  count: number;
}

type Values = Readonly<Record<string, Scalar>>;

/** What is shown of the params. */
export interface Choice {
  readonly find: string;
  readonly onlyDiffering: boolean;
  readonly isTree: boolean;
  /** Whether a group is open. */
  readonly isOpen: (path: string) => boolean;
}

/** Return the names of the params to show, in order. */
export function namesOf(now: Values, before: Values | undefined, choice: Choice): string[] {
  const names = new Set([...Object.keys(now), ...Object.keys(before ?? {})]);
  const find = choice.find.trim().toLowerCase();
  return [...names]
    .filter((name) => !choice.onlyDiffering || !before || now[name] !== before[name])
    .filter((name) => before === undefined || choice.onlyDiffering || name in now)
    .filter((name) => !find || matches(name, now[name], find))
    .sort(inOrder.compare);
}

function matches(name: string, value: Scalar | undefined, find: string): boolean {
  return (
    name.toLowerCase().includes(find) ||
    String(value ?? "")
      .toLowerCase()
      .includes(find)
  );
}

/** Numbers in names count: layer2 comes before layer10. */
const inOrder = new Intl.Collator("en", { numeric: true });

/** Return the lines of the params. */
export function linesOf(now: Values, before: Values | undefined, choice: Choice): ParamLine[] {
  const names = namesOf(now, before, choice);
  const leaf = (key: string, name: string, depth: number): ParamLine => ({
    path: key,
    name,
    depth,
    count: 0,
    isOpen: false,
    value: now[key],
    before: before?.[key],
  });
  if (!choice.isTree) return names.map((name) => leaf(name, name, 0));
  const lines: ParamLine[] = [];
  const add = (group: Group, prefix: string, depth: number): void => {
    for (const { key, name } of group.params) lines.push(leaf(key, name, depth));
    for (const [name, inner] of group.groups) {
      const path = prefix + name;
      const isOpen = choice.find !== "" || choice.onlyDiffering || choice.isOpen(path);
      const nothing = { value: undefined, before: undefined };
      lines.push({ path, name, depth, count: inner.count, isOpen, ...nothing });
      if (isOpen) add(inner, `${path}.`, depth + 1);
    }
  };
  add(grouped(names), "", 0);
  return lines;
}

function grouped(names: readonly string[]): Group {
  const root: Group = { groups: new Map(), params: [], count: 0 };
  for (const key of names) {
    const parts = key.split(".");
    const name = parts.pop()!;
    let at = root;
    at.count++;
    for (const part of parts) {
      if (!at.groups.has(part)) at.groups.set(part, { groups: new Map(), params: [], count: 0 });
      at = at.groups.get(part)!;
      at.count++;
    }
    at.params.push({ key, name });
  }
  return root;
}
