/** A document as a tree of any size: values open and close, a text finds keys and values. */

import { useMemo, useRef, useState } from "preact/hooks";
import { CopyButton } from "@/parts/copy";
import { formatCount } from "@/parts/format";
import { px } from "@/table/px";
import { useVirtual } from "@/table/virtual";
import { countOf, firstOpen, idOf, valueLines, type ValueLine } from "@/run/artifacts/value_nodes";
import "@/parts/code.css";

interface Props {
  readonly value: unknown;
  readonly label: string;
  /** Further controls at the end of the bar. */
  readonly more?: preact.ComponentChildren;
}

const LINE = 22;

/** A tree with its bar. */
export function ValueTree({ value, label, more }: Props) {
  const [text, setText] = useState("");
  const [open, setOpen] = useState<ReadonlySet<string>>(() => firstOpen(value));
  const [chosen, setChosen] = useState("");
  const lines = useMemo(() => valueLines(value, open, text), [value, open, text]);
  const toggle = (line: ValueLine): void => {
    const next = new Set(open);
    if (!next.delete(idOf(line.node))) next.add(idOf(line.node));
    setOpen(next);
  };
  return (
    <div class="value-tree">
      <div class="preview-bar">
        <input
          type="search"
          placeholder="Find a key or a value"
          aria-label="Find a key or a value"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        {chosen ? (
          <span class="value-path">
            <code title={chosen}>{chosen}</code>
            <CopyButton text={chosen} label="Copy the path of the value" />
          </span>
        ) : (
          <span class="muted">{summaryOf(value)}</span>
        )}
        <span class="space" />
        {more}
      </div>
      <TreeLines {...{ lines, label, chosen, toggle }} onChoose={setChosen} />
    </div>
  );
}

function summaryOf(value: unknown): string {
  const count = countOf(value);
  if (count < 0) return "";
  return Array.isArray(value) ? formatCount(count, "item") : formatCount(count, "key");
}

interface LinesProps {
  readonly lines: readonly ValueLine[];
  readonly label: string;
  readonly chosen: string;
  readonly toggle: (line: ValueLine) => void;
  readonly onChoose: (path: string) => void;
}

function TreeLines(props: LinesProps) {
  const { lines, label, chosen } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtual({ scroller, count: lines.length, size: () => LINE, overscan: 10 });
  const at = lines.findIndex((one) => idOf(one.node) === chosen);
  const press = (event: KeyboardEvent): void => pressed(event, at, props, rows.scrollTo);
  return (
    <div
      class="value-lines"
      role="tree"
      aria-label={label}
      aria-activedescendant={at >= 0 ? `value-${at}` : undefined}
      tabIndex={0}
      ref={scroller}
      onKeyDown={press}
    >
      <div style={{ height: px(rows.total) }}>
        {rows.items.map((item) => {
          const line = lines[item.index];
          return (
            line && (
              <Line key={item.index} {...props} {...{ line }} index={item.index} top={item.start} />
            )
          );
        })}
      </div>
    </div>
  );
}

function Line(props: LinesProps & { line: ValueLine; index: number; top: number }) {
  const { line, index, top, chosen, toggle, onChoose } = props;
  const { node, depth, isOpen, count } = line;
  const id = idOf(node);
  const choose = (): void => {
    onChoose(id);
    if (count > 0) toggle(line);
  };
  return (
    <div
      id={`value-${index}`}
      class={id === chosen ? "value-line chosen" : "value-line"}
      role="treeitem"
      aria-level={depth + 1}
      aria-selected={id === chosen}
      aria-expanded={count > 0 ? isOpen : undefined}
      style={{ top: px(top), paddingLeft: px(8 + depth * 16) }}
      onClick={choose}
    >
      <i class={count > 0 ? (isOpen ? "fold open" : "fold") : "fold none"} aria-hidden="true">
        ▸
      </i>
      <code class={node.range ? "muted" : "tok-key"}>{node.key}</code>
      <Value line={line} />
    </div>
  );
}

const LONGEST = 1_000;

function Value({ line: { node, count } }: { line: ValueLine }) {
  const { value, range } = node;
  if (range) return null;
  if (count >= 0) {
    const brackets = Array.isArray(value) ? `[${count}]` : `{${count}}`;
    return <code class="muted">{brackets}</code>;
  }
  if (typeof value === "string") {
    const isCut = value.length > LONGEST;
    const text = JSON.stringify(isCut ? value.slice(0, LONGEST) : value);
    return <code class="tok-string">{isCut ? `${text}…` : text}</code>;
  }
  const kind =
    typeof value === "number" || typeof value === "bigint" ? "tok-number" : "tok-keyword";
  return <code class={kind}>{String(value)}</code>;
}

function pressed(
  event: KeyboardEvent,
  at: number,
  { lines, toggle, onChoose }: LinesProps,
  scrollTo: (index: number) => void,
): void {
  const line = lines[at];
  const go = (index: number): void => {
    const next = Math.max(0, Math.min(lines.length - 1, index));
    if (lines[next]) onChoose(idOf(lines[next].node));
    scrollTo(next);
  };
  const canOpen = line !== undefined && line.count > 0;
  const acts: Record<string, () => void> = {
    ArrowDown: () => go(at + 1),
    ArrowUp: () => go(at - 1),
    Home: () => go(0),
    End: () => go(lines.length - 1),
    ArrowRight: () => (canOpen && !line.isOpen ? toggle(line) : go(at + 1)),
    ArrowLeft: () => (canOpen && line.isOpen ? toggle(line) : go(parentOf(lines, at))),
    Enter: () => canOpen && toggle(line),
  };
  const act = acts[event.key];
  if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  act();
}

function parentOf(lines: readonly ValueLine[], at: number): number {
  const depth = lines[at]?.depth ?? 0;
  for (let index = at - 1; index >= 0; index--) if (lines[index]!.depth < depth) return index;
  return at;
}
