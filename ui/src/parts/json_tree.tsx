/** A JSON document as a tree of which only open parts are drawn. */

import { useState } from "preact/hooks";
import { Button } from "@/parts/button";
import { formatCount } from "@/parts/format";
import "@/parts/json_tree.css";

interface Props {
  readonly value: unknown;
  readonly label: string;
  /** How many levels are open at first. */
  readonly depth?: number;
}

const PAGE = 100;

/** A JSON document; folds by clicks and by the keys Enter and space. */
export function JsonTree({ value, label, depth = 2 }: Props) {
  return (
    <ul class="json" role="tree" aria-label={label}>
      {isNested(value) ? (
        <Entries value={value} depth={depth} />
      ) : (
        <li role="treeitem">
          <Leaf value={value} />
        </li>
      )}
    </ul>
  );
}

function isNested(value: unknown): value is Record<string, unknown> | unknown[] {
  return typeof value === "object" && value !== null;
}

/** The entries of a list or an object, the first hundred at once. */
function Entries({ value, depth }: { value: Record<string, unknown> | unknown[]; depth: number }) {
  const [shown, setShown] = useState(PAGE);
  const entries = Object.entries(value);
  return (
    <>
      {entries.slice(0, shown).map(([key, child]) => (
        <Entry key={key} name={key} value={child} depth={depth} />
      ))}
      {entries.length > shown && (
        <li role="treeitem">
          <Button onClick={() => setShown(shown + 10 * PAGE)}>
            {`Show more of ${formatCount(entries.length, "entry", "entries")}`}
          </Button>
        </li>
      )}
    </>
  );
}

function Entry({ name, value, depth }: { name: string; value: unknown; depth: number }) {
  const [isOpen, setOpen] = useState(depth > 0);
  if (!isNested(value) || !Object.keys(value).length) {
    return (
      <li role="treeitem" class="json-leaf">
        <span class="json-key">{name}</span>
        <Leaf value={value} />
      </li>
    );
  }
  return (
    <li role="treeitem" aria-expanded={isOpen}>
      <button type="button" class="json-fold" onClick={() => setOpen(!isOpen)}>
        <i aria-hidden="true">{isOpen ? "▾" : "▸"}</i>
        <span class="json-key">{name}</span>
        {!isOpen && <small class="muted">{summary(value)}</small>}
      </button>
      {isOpen && (
        <ul role="group">
          <Entries value={value} depth={depth - 1} />
        </ul>
      )}
    </li>
  );
}

function summary(value: Record<string, unknown> | unknown[]): string {
  const count = Object.keys(value).length;
  if (Array.isArray(value)) return formatCount(count, "entry", "entries");
  const keys = Object.keys(value).slice(0, 3).join(", ");
  return count > 3 ? `${keys}, … ${count}` : keys;
}

function Leaf({ value }: { value: unknown }) {
  if (isNested(value)) return <span class="json-null">{Array.isArray(value) ? "[ ]" : "{ }"}</span>;
  if (value === null || value === undefined) return <span class="json-null">null</span>;
  return <span class={`json-${typeof value}`}>{value === "" ? '""' : String(value)}</span>;
}
