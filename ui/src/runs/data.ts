/** The runs of the table: their order at once, and their rows as they come into view. */

import { batch, signal } from "@preact/signals";
import { isAborted } from "@/api/client";
import { readFirst, readOrder, readRows, type Search } from "@/api/runs";
import type { RunRow, RunTable } from "@/api/types";
import type { Cell } from "@/parts/format";
import { idOf } from "@/runs/fields";

/** A run with the cells that have been read. */
export interface Held {
  readonly run: RunRow;
  readonly cells: ReadonlyMap<string, Cell>;
}

const FIRST = 60;
const BLOCK = 200;
const MOST_HELD = 20_000;

export class RunData {
  /** The keys of the runs in order. */
  readonly order = signal<readonly number[]>([]);
  /** The number of matching runs; null until it is known. */
  readonly total = signal<number | null>(null);
  /** Columns that the server chose. */
  readonly chosen = signal<readonly string[]>([]);
  readonly error = signal<unknown>(null);
  readonly isLoading = signal(true);
  /** Changes with every row that arrives. */
  readonly version = signal(0);
  private readonly rows = new Map<number, Held>();
  private control = new AbortController();
  private view: readonly number[] = [];
  private columns: readonly string[] = [];
  private isReading = false;

  row(key: number | undefined): Held | undefined {
    return key === undefined ? undefined : this.rows.get(key);
  }

  /** Read the first runs of a search, then the order of all. */
  async open(search: Search, columns: readonly string[] | null): Promise<void> {
    this.control.abort();
    this.control = new AbortController();
    const { signal: aborted } = this.control;
    this.columns = columns ?? [];
    this.isLoading.value = true;
    try {
      const first = await readFirst(search, columns, FIRST, aborted);
      batch(() => {
        if (columns === null) this.columns = this.chosen.value = first.columns.map(idOf);
        this.store(first, columns ?? this.columns);
        this.order.value = first.rows.map((row) => row.key);
        this.error.value = null;
        this.isLoading.value = false;
        if (first.rows.length < FIRST) this.total.value = first.rows.length;
      });
      // Afterwards: the server would answer both at once, and the rows that are waited for later.
      const all = await readOrder(search, aborted);
      batch(() => {
        this.order.value = all.keys;
        this.total.value = all.total;
      });
    } catch (error) {
      if (isAborted(error)) return;
      batch(() => {
        this.error.value = error;
        this.isLoading.value = false;
      });
    }
  }

  /** Read the order again, after runs were added. */
  async reorder(search: Search): Promise<void> {
    try {
      const all = await readOrder(search, this.control.signal);
      batch(() => {
        this.order.value = all.keys;
        this.total.value = all.total;
      });
    } catch (error) {
      if (!isAborted(error)) this.error.value = error;
    }
  }

  /** Show further columns of the same runs. */
  async setColumns(columns: readonly string[]): Promise<void> {
    this.columns = columns;
    await this.read();
  }

  /** Read what is missing of the rows in view. */
  async see(keys: readonly number[]): Promise<void> {
    this.view = keys;
    await this.read();
  }

  /** Read rows again, which may have changed. */
  async refresh(keys: readonly number[]): Promise<void> {
    const some = keys.slice(0, BLOCK);
    if (some.length) this.store(await readRows(some, this.columns), this.columns);
  }

  /** Change rows at once, before the server has answered. */
  patch(keys: Iterable<number>, change: Partial<RunRow>): void {
    for (const key of keys) {
      const held = this.rows.get(key);
      if (held) this.rows.set(key, { ...held, run: { ...held.run, ...change } });
    }
    this.version.value++;
  }

  private async read(): Promise<void> {
    if (this.isReading) return;
    this.isReading = true;
    try {
      for (let asked = this.missing(); asked.length; asked = this.missing()) {
        const columns = this.columns;
        const found = await readRows(asked, columns, this.control.signal);
        this.store(found, columns);
        this.forget(asked, found);
      }
    } catch (error) {
      if (!isAborted(error)) this.error.value = error;
    } finally {
      this.isReading = false;
    }
  }

  private missing(): number[] {
    const lacks = (key: number): boolean => {
      const held = this.rows.get(key);
      return !held || this.columns.some((column) => !held.cells.has(column));
    };
    return this.view.filter(lacks).slice(0, BLOCK);
  }

  /** Runs that are gone since are shown as empty rows, and not asked for again and again. */
  private forget(asked: readonly number[], found: RunTable): void {
    const known = new Set(found.rows.map((row) => row.key));
    const gone = new Set(asked.filter((key) => !known.has(key)));
    if (gone.size) this.order.value = this.order.value.filter((key) => !gone.has(key));
    this.view = this.view.filter((key) => !gone.has(key));
  }

  private store(table: RunTable, columns: readonly string[]): void {
    if (this.rows.size > MOST_HELD) this.rows.clear();
    table.rows.forEach((run, at) => {
      const cells = new Map(this.rows.get(run.key)?.cells);
      columns.forEach((column, index) => cells.set(column, table.cells[index]?.[at] ?? null));
      this.rows.set(run.key, { run, cells });
    });
    this.version.value++;
  }
}
