/** The tree of files at the side: folders open and close, a text finds files. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { formatCount, formatSize } from "@/parts/format";
import { Icon } from "@/parts/icon";
import { px } from "@/table/px";
import { useVirtual } from "@/table/virtual";
import { foldersOf, linesOf, type Entry, type TreeLine } from "@/run/artifacts/tree";

interface Props {
  readonly root: Entry;
  readonly chosen: string;
  /** Choose an entry; by keys, if one moves quickly over many. */
  readonly onChoose: (path: string, byKey?: boolean) => void;
}

const LINE = 28;

/** The tree with its search box. */
export function TreeView({ root, chosen, onChoose }: Props) {
  const [text, setText] = useState("");
  const { open, toggle } = useOpen(root, chosen);
  const lines = useMemo(() => linesOf(root, open, text), [root, open, text]);
  return (
    <nav class="files-side" aria-label="Files">
      <input
        type="search"
        placeholder={`Find in ${formatCount(root.count, "file")}`}
        aria-label="Find files"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      {lines.length ? (
        <Lines {...{ lines, chosen, onChoose, toggle }} />
      ) : (
        <p class="muted files-none">No file has this in its path.</p>
      )}
      <footer class="muted">
        {formatCount(root.count, "file")}, {formatSize(root.size)}
      </footer>
    </nav>
  );
}

function useOpen(root: Entry, chosen: string) {
  const [open, setOpen] = useState<ReadonlySet<string>>(() => firstOpen(root));
  useEffect(() => {
    setOpen((now) => new Set([...now, ...foldersOf(chosen)]));
  }, [chosen]);
  const toggle = (path: string, isOpen: boolean): void => {
    const next = new Set(open);
    if (isOpen) next.add(path);
    else next.delete(path);
    setOpen(next);
  };
  return { open, toggle };
}

/** Return the folders that are open at first: those of a small tree, or single ones. */
function firstOpen(root: Entry): Set<string> {
  const open = new Set<string>();
  const add = (entry: Entry): void => {
    for (const one of entry.children) {
      if (one.file) continue;
      open.add(one.path);
      add(one);
    }
  };
  if (root.count <= 40) add(root);
  else if (root.children.length === 1) open.add(root.children[0]!.path);
  return open;
}

interface LinesProps {
  readonly lines: readonly TreeLine[];
  readonly chosen: string;
  readonly onChoose: (path: string, byKey?: boolean) => void;
  readonly toggle: (path: string, isOpen: boolean) => void;
}

function Lines(props: LinesProps) {
  const { lines, chosen } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtual({ scroller, count: lines.length, size: () => LINE, overscan: 8 });
  const at = lines.findIndex((one) => one.entry.path === chosen);
  useEffect(() => {
    if (at >= 0) rows.scrollTo(at);
  }, [chosen]);
  return (
    <div
      class="files-tree"
      role="tree"
      aria-label="Files"
      tabIndex={0}
      aria-activedescendant={at >= 0 ? `file-${at}` : undefined}
      ref={scroller}
      onKeyDown={(event) => press(event, at, props)}
    >
      <div style={{ height: px(rows.total) }}>
        {rows.items.map((item) => (
          <Line key={item.index} index={item.index} top={item.start} {...props} />
        ))}
      </div>
    </div>
  );
}

function Line(props: LinesProps & { index: number; top: number }) {
  const { index, top, chosen, onChoose, toggle } = props;
  const line = props.lines[index];
  if (!line) return null;
  const { entry, depth, isOpen } = line;
  const isFolder = entry.file === null;
  const isChosen = entry.path === chosen;
  const choose = (): void => {
    if (isFolder) toggle(entry.path, !isOpen || !isChosen);
    onChoose(entry.path);
  };
  return (
    <div
      id={`file-${index}`}
      class={isChosen ? "files-line chosen" : "files-line"}
      role="treeitem"
      aria-level={depth + 1}
      aria-selected={isChosen}
      aria-expanded={isFolder ? isOpen : undefined}
      title={entry.path}
      style={{ top: px(top), paddingLeft: px(8 + depth * 16) }}
      onClick={choose}
    >
      <i class={isFolder ? (isOpen ? "fold open" : "fold") : "fold none"} aria-hidden="true">
        ▸
      </i>
      <Icon name={isFolder ? "folder" : "file"} />
      <span class="files-name">{entry.name}</span>
      <small>{isFolder ? entry.count : formatSize(entry.size)}</small>
    </div>
  );
}

function press(event: KeyboardEvent, at: number, props: LinesProps): void {
  const { lines, onChoose, toggle } = props;
  const line = lines[at];
  const go = (index: number): void => {
    const next = lines[Math.max(0, Math.min(lines.length - 1, index))];
    if (next) onChoose(next.entry.path, true);
  };
  const act: Record<string, () => void> = {
    ArrowDown: () => go(at + 1),
    ArrowUp: () => go(at - 1),
    Home: () => go(0),
    End: () => go(lines.length - 1),
    PageDown: () => go(at + 15),
    PageUp: () => go(at - 15),
    ArrowRight: () => (line?.entry.file || line?.isOpen ? go(at + 1) : open(line, true)),
    ArrowLeft: () => (line?.isOpen ? open(line, false) : go(parentOf(lines, at))),
    Enter: () => line && !line.entry.file && open(line, !line.isOpen),
  };
  const open = (one: TreeLine | undefined, isOpen: boolean): void => {
    if (one) toggle(one.entry.path, isOpen);
  };
  if (!act[event.key] || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  act[event.key]!();
}

function parentOf(lines: readonly TreeLine[], at: number): number {
  const depth = lines[at]?.depth ?? 0;
  for (let index = at - 1; index >= 0; index--) if (lines[index]!.depth < depth) return index;
  return at;
}
