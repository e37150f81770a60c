/** The files of a run as a tree of folders. */

import type { ArtifactRecord } from "@/api/artifacts";

/** A folder or a file. */
export interface Entry {
  readonly name: string;
  readonly path: string;
  /** The file; null for a folder. */
  readonly file: ArtifactRecord | null;
  readonly children: readonly Entry[];
  readonly size: number;
  /** The number of files in it. */
  readonly count: number;
}

interface Folder {
  readonly folders: Map<string, Folder>;
  readonly files: Map<string, ArtifactRecord>;
}

const empty = (): Folder => ({ folders: new Map(), files: new Map() });

/** Return the root of the tree, its folders first, by name. */
export function treeOf(files: readonly ArtifactRecord[]): Entry {
  const root = empty();
  for (const file of files) {
    const parts = file.path.split("/");
    const name = parts.pop() ?? "";
    let at = root;
    for (const part of parts) {
      const next = at.folders.get(part) ?? empty();
      at.folders.set(part, next);
      at = next;
    }
    at.files.set(name, file);
  }
  return entryOf("", "", root);
}

const order = new Intl.Collator("en", { numeric: true });
const byName = (a: Entry, b: Entry): number => order.compare(a.name, b.name);

function entryOf(name: string, path: string, folder: Folder): Entry {
  const below = (one: string): string => (path ? `${path}/${one}` : one);
  const folders = [...folder.folders].map(([one, inner]) => entryOf(one, below(one), inner));
  const files = [...folder.files].map(([one, file]) => leaf(one, file));
  const children = [...folders.sort(byName), ...files.sort(byName)];
  return {
    name,
    path,
    file: null,
    children,
    size: children.reduce((sum, one) => sum + one.size, 0),
    count: children.reduce((sum, one) => sum + one.count, 0),
  };
}

function leaf(name: string, file: ArtifactRecord): Entry {
  return { name, path: file.path, file, children: [], size: file.size, count: 1 };
}

/** Return the entry at a path; null if there is none. */
export function findEntry(root: Entry, path: string): Entry | null {
  if (!path) return root;
  let at: Entry = root;
  for (;;) {
    const next = at.children.find(
      (one) => one.path === path || (one.file === null && path.startsWith(`${one.path}/`)),
    );
    if (!next || next.path === path) return next ?? null;
    at = next;
  }
}

/** A line of the drawn tree. */
export interface TreeLine {
  readonly entry: Entry;
  readonly depth: number;
  readonly isOpen: boolean;
}

/** Return the lines to draw: what is in open folders, or all that match a text. */
export function linesOf(root: Entry, open: ReadonlySet<string>, text: string): TreeLine[] {
  const lines: TreeLine[] = [];
  const wanted = text.trim().toLowerCase();
  const add = (entry: Entry, depth: number): void => {
    for (const one of entry.children) {
      if (wanted && !matches(one, wanted)) continue;
      const isOpen = one.file === null && (wanted ? true : open.has(one.path));
      lines.push({ entry: one, depth, isOpen });
      if (isOpen) add(one, depth + 1);
    }
  };
  add(root, 0);
  return lines;
}

function matches(entry: Entry, wanted: string): boolean {
  if (entry.file) return entry.path.toLowerCase().includes(wanted);
  return entry.children.some((one) => matches(one, wanted));
}

/** Return the folders that contain a path. */
export function foldersOf(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, at) => parts.slice(0, at + 1).join("/"));
}
