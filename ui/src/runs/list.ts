/** The runs that the page shows now: shared by the table, its toolbar and the actions. */

import { computed, signal } from "@preact/signals";
import { readFirst, readOrder, type Search } from "@/api/runs";
import { RunData, type Held } from "@/runs/data";
import { ATTRIBUTES } from "@/runs/fields";
import { state } from "@/runs/state";
import { Selection } from "@/table/selection";

const isStored = (id: string): boolean =>
  !Object.hasOwn(ATTRIBUTES, id) && !id.startsWith("curve(");

class RunList {
  readonly data = new RunData();
  readonly selection = new Selection();
  readonly baseline = signal<Held | undefined>(undefined);
  /** The keys of the rows in view. */
  visible: readonly number[] = [];
  /** The children of runs that are unfolded, by key. */
  readonly opened = signal<ReadonlyMap<number, readonly number[]>>(new Map());

  /** The keys of the rows, with the children of unfolded runs. */
  readonly shown = computed<readonly number[]>(() => {
    const order = this.data.order.value;
    const opened = this.opened.value;
    if (!state.value.isNested || !opened.size) return order;
    return order.flatMap((key) => [key, ...(opened.get(key) ?? [])]);
  });

  readonly folding = {
    isOpen: (held: Held): boolean => this.opened.value.has(held.run.key),
    toggleChildren: (held: Held): void => void this.toggle(held),
  };

  async open(search: Search, columns: readonly string[] | null): Promise<void> {
    this.opened.value = new Map();
    this.selection.clear();
    await this.data.open(search, columns && columns.filter(isStored));
  }

  async setColumns(columns: readonly string[]): Promise<void> {
    await this.data.setColumns(columns.filter(isStored));
  }

  /** Read the run that others are compared with. */
  async setBaseline(id: string): Promise<void> {
    if (!id) {
      this.baseline.value = undefined;
      return;
    }
    const columns = shownColumns.value.filter(isStored);
    const search: Search = {
      where: `id = "${id}"`,
      sort: "-started",
      experiments: null,
      lifecycle: "all",
    };
    const table = await readFirst(search, columns, 1);
    const run = table.rows[0];
    const cells = new Map(columns.map((column, at) => [column, table.cells[at]?.[0] ?? null]));
    this.baseline.value = run && { run, cells };
  }

  private async toggle(held: Held): Promise<void> {
    const next = new Map(this.opened.value);
    if (!next.delete(held.run.key)) {
      const where = `parent = "${held.run.id}"`;
      const found = await readOrder({
        where,
        sort: "started",
        experiments: null,
        lifecycle: "all",
      });
      next.set(held.run.key, found.keys);
    }
    this.opened.value = next;
  }
}

export const list = new RunList();

/** The ids of the columns that are shown. */
export const shownColumns = computed<readonly string[]>(() => {
  const own = state.value.columns;
  if (own) return own;
  const isWide = state.value.experiments.length !== 1;
  const attributes = ["name", "started", "duration", ...(isWide ? ["experiment"] : [])];
  return [...attributes, ...list.data.chosen.value];
});
