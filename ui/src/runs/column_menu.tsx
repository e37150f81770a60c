/** What can be done with a column: a menu at its head. */

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { fieldOf, textOf, type Field } from "@/runs/fields";
import { shownColumns } from "@/runs/list";
import { state, update } from "@/runs/state";
import { MenuItem } from "@/parts/popover";

const opened = signal<{ id: string; left: number; top: number } | null>(null);

/** Open the menu of a column below its head. */
export function openColumnMenu(id: string, head: HTMLElement): void {
  const box = head.getBoundingClientRect();
  opened.value = { id, left: box.left, top: box.bottom };
}

const close = (): void => {
  opened.value = null;
};

function press(event: KeyboardEvent): void {
  if (event.key === "Escape") close();
  event.stopPropagation();
}

/** The menu, while it is open. */
export function ColumnMenu() {
  const at = opened.value;
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!at) return;
    element.current?.querySelector("button")?.focus();
    const leave = (event: Event): void => {
      if (!element.current?.contains(event.target as Node)) close();
    };
    document.addEventListener("pointerdown", leave);
    return () => document.removeEventListener("pointerdown", leave);
  }, [at]);
  if (!at) return null;
  return (
    <div
      ref={element}
      class="panel column-menu"
      role="dialog"
      aria-label="Column"
      style={{ left: `${at.left}px`, top: `${at.top}px` }}
      onKeyDown={press}
    >
      {itemsOf(at.id).map((item) => (
        <MenuItem
          key={item.title}
          checked={item.checked}
          onSelect={() => {
            item.act();
            close();
          }}
        >
          {item.title}
        </MenuItem>
      ))}
    </div>
  );
}

interface Item {
  readonly title: string;
  readonly checked?: boolean;
  readonly act: () => void;
}

function itemsOf(id: string): Item[] {
  const { pinned, heat, group } = state.value;
  const field = fieldOf(id);
  const shown = shownColumns.value;
  const without = (ids: readonly string[]): string[] => ids.filter((one) => one !== id);
  const items: Item[] = [
    { title: "Sort ascending", act: () => update({ sort: [{ id, descending: false }] }) },
    { title: "Sort descending", act: () => update({ sort: [{ id, descending: true }] }) },
    {
      title: "Pin at the left",
      checked: pinned.includes(id),
      act: () => update({ pinned: pinned.includes(id) ? without(pinned) : [...pinned, id] }),
    },
    { title: "Hide", act: () => update({ columns: without(shown) }) },
  ];
  if (field?.family === "params" || field?.family === "tags") {
    items.push({ title: "Group by it", act: () => update({ group: [...without(group), id] }) });
  }
  if (field && field.family !== "attribute" && field.family !== "tags") {
    const next = heat.includes(id) ? without(heat) : [...heat, id];
    items.push({ title: "Heat", checked: heat.includes(id), act: () => update({ heat: next }) });
  }
  return field?.family === "metrics" ? [...items, ...summaries(id, field, shown)] : items;
}

const SUMMARIES = [
  ["last", "Last value"],
  ["min", "Least value"],
  ["max", "Greatest value"],
  ["mean", "Mean"],
  ["count", "Number of values"],
  ["curve", "Curve"],
] as const;

/** Other summaries of a metric, in place of the one that is shown. */
function summaries(id: string, field: Field, shown: readonly string[]): Item[] {
  const swap = (summary: Field["summary"], step: number | null = null): void => {
    const next = textOf({ ...field, summary, step });
    update({ columns: [...new Set(shown.map((one) => (one === id ? next : one)))] });
  };
  const atStep = (): void => {
    const text = window.prompt("The step:", String(field.step ?? 0));
    if (text !== null && /^-?\d+$/.test(text.trim())) swap("at", Number(text));
  };
  return [
    ...SUMMARIES.map(([summary, title]) => ({
      title,
      checked: field.summary === summary,
      act: () => swap(summary),
    })),
    { title: "Value at a step …", checked: field.summary === "at", act: atStep },
  ];
}
