/** Values of JSON and YAML as lines of a tree. */

/** A value in the tree, with the address of its place. */
export interface ValueNode {
  readonly key: string;
  readonly value: unknown;
  /** Its path, as in `params.lr` or `rows[3]`. */
  readonly path: string;
  /** The part of a long list or map that this line stands for. */
  readonly range?: readonly [number, number];
}

/** A line of the drawn tree. */
export interface ValueLine {
  readonly node: ValueNode;
  readonly depth: number;
  readonly isOpen: boolean;
  readonly count: number;
}

const PART = 1_000; // children of one line; longer ones are split into parts
const MOST_FOUND = 20_000; // lines of a search

/** Return the number of values in a value; -1 for a single one. */
export function countOf(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  if (value instanceof Map) return value.size;
  return isRecord(value) ? Object.keys(value).length : -1;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Return the values in a value. */
export function childrenOf(node: ValueNode): ValueNode[] {
  const { value, range } = node;
  const count = countOf(value);
  if (count > PART && !range) return partsOf(node, count);
  const [from, to] = range ?? [0, count];
  if (Array.isArray(value)) {
    return value.slice(from, to).map((one: unknown, at) => ({
      key: String(from + at),
      value: one,
      path: `${node.path}[${from + at}]`,
    }));
  }
  const pairs = value instanceof Map ? [...value] : Object.entries(value as object);
  return (pairs.slice(from, to) as [string, unknown][]).map(([key, one]) => ({
    key,
    value: one,
    path: pathTo(node.path, key),
  }));
}

function partsOf(node: ValueNode, count: number): ValueNode[] {
  return Array.from({ length: Math.ceil(count / PART) }, (_, at) => {
    const range: [number, number] = [at * PART, Math.min(count, (at + 1) * PART)];
    return { ...node, key: `${range[0]} … ${range[1] - 1}`, range };
  });
}

function pathTo(path: string, key: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path ? `${path}.${key}` : key;
}

/** Return what tells a line from all others. */
export function idOf(node: ValueNode): string {
  return node.range ? `${node.path} ${node.range.join("-")}` : node.path;
}

/** Return the lines to draw: those in open values, or those that match a text. */
export function valueLines(value: unknown, open: ReadonlySet<string>, text: string): ValueLine[] {
  const root: ValueNode = { key: "", value, path: "" };
  const wanted = text.trim().toLowerCase();
  return wanted ? found(root, wanted, 0) : shown(root, open, 0);
}

function shown(node: ValueNode, open: ReadonlySet<string>, depth: number): ValueLine[] {
  const lines: ValueLine[] = [];
  for (const one of childrenOf(node)) {
    const count = one.range ? one.range[1] - one.range[0] : countOf(one.value);
    const isOpen = count > 0 && open.has(idOf(one));
    lines.push({ node: one, depth, isOpen, count });
    if (isOpen) for (const line of shown(one, open, depth + 1)) lines.push(line);
  }
  return lines;
}

function found(node: ValueNode, wanted: string, depth: number): ValueLine[] {
  const lines: ValueLine[] = [];
  const all = childrenOf({ ...node, range: [0, countOf(node.value)] });
  for (const one of all) {
    if (lines.length >= MOST_FOUND) break;
    const count = countOf(one.value);
    const inner = count > 0 ? found(one, wanted, depth + 1) : [];
    if (!inner.length && !matches(one, count, wanted)) continue;
    lines.push({ node: one, depth, isOpen: inner.length > 0, count });
    for (const line of inner) lines.push(line);
  }
  return lines;
}

function matches(node: ValueNode, count: number, wanted: string): boolean {
  if (node.key.toLowerCase().includes(wanted)) return true;
  return count < 0 && String(node.value).toLowerCase().includes(wanted);
}

/** Return the lines that are open at first: as many levels as fit a view. */
export function firstOpen(value: unknown, most = 60): Set<string> {
  const open = new Set<string>();
  let level: ValueNode[] = childrenOf({ key: "", value, path: "" });
  let total = level.length;
  while (level.length && total <= most) {
    const inner = level.filter((one) => countOf(one.value) > 0 && !one.range);
    const next = inner.flatMap((one) => childrenOf(one));
    total += next.length;
    if (total > most || next.length === 0) break;
    for (const one of inner) open.add(idOf(one));
    level = next;
  }
  return open;
}
