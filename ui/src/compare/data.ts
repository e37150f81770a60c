/** The compared runs with their values, read block by block: first what is in sight. */

import { batch, computed, signal } from "@preact/signals";
import { listKeys } from "@/api/compare";
import { isAborted } from "@/api/client";
import { readFirst, readRows, type Family, type Search } from "@/api/runs";
import type { RunRow } from "@/api/types";
import { differ, FAMILIES, fieldOf, type Field } from "@/compare/fields";
import { MOST_RUNS } from "@/compare/state";
import type { Cell } from "@/parts/format";

const IDS = 150; // in one search
const CELLS = 20_000; // in one request
const IN_SIGHT = 100; // fields that are read again while runs are running
const STORED: readonly Family[] = ["params", "metrics", "tags"];
const OWN: Readonly<Record<string, (run: RunRow) => Cell>> = {
  status: (run) => run.status,
  experiment: (run) => run.experiment,
  user: (run) => run.user,
  kind: (run) => run.kind,
  started: (run) => run.started,
  duration: (run) => (run.ended === null ? null : run.ended - run.started),
};
const ATTRIBUTES = [...Object.keys(OWN), "command"];

/** Which runs are compared: named ones, or those of a search. */
export interface Wanted {
  readonly runs: readonly string[];
  readonly where: string;
  readonly experiments: readonly string[];
}

interface Looked {
  readonly differs: boolean;
  readonly isUsed: boolean;
}

export class CompareData {
  /** The runs in the order of the address; none while they are loading. */
  readonly runs = signal<readonly RunRow[]>([]);
  readonly fields = signal<readonly Field[]>([]);
  readonly isLoading = signal(true);
  readonly error = signal<unknown>(null);
  /** Changes with every block of values. */
  readonly version = signal(0);
  /** Ids of the named runs that do not exist. */
  readonly missing = signal<readonly string[]>([]);
  /** Whether all values of all fields have been read. */
  readonly isComplete = computed(
    () => this.version.value >= 0 && this.fields.value.every((field) => this.isRead(field)),
  );
  /** Changes when values of running runs have been read again. */
  readonly turn = signal(0);
  private readonly slots: RunRow[] = [];
  private readonly slotOf = new Map<string, number>();
  private readonly columns = new Map<string, Cell[]>();
  private readonly looked = new Map<string, Looked>();
  private control = new AbortController();
  private wished: readonly Field[] = [];
  private isReading = false;

  /** Read the runs that are wanted, their keys, and then their values. */
  async open(wanted: Wanted): Promise<void> {
    this.control.abort();
    const control = (this.control = new AbortController());
    this.isReading = false;
    this.isLoading.value = true;
    try {
      const rows = await this.readRuns(wanted, control.signal);
      const experiments = [...new Set(rows.map((row) => row.experiment_id))];
      const fields = rows.length ? await readFields(experiments, control.signal) : [];
      batch(() => {
        this.runs.value = rows;
        this.fields.value = fields;
        this.looked.clear();
        this.error.value = null;
        this.isLoading.value = false;
      });
      void this.read();
    } catch (error) {
      if (isAborted(error)) return;
      batch(() => {
        this.error.value = error;
        this.isLoading.value = false;
      });
    }
  }

  /** Read these fields before the others. */
  want(fields: readonly Field[]): void {
    this.wished = fields;
    void this.read();
  }

  /** Return the value of a run; undefined until it is read. */
  cell(field: Field, run: RunRow): Cell {
    const own = OWN[field.id];
    if (own) return own(run);
    const slot = this.slotOf.get(run.id);
    return slot === undefined ? undefined : this.columns.get(field.id)?.[slot];
  }

  /** Return the values of all runs. */
  values(field: Field): Cell[] {
    return this.runs.value.map((run) => this.cell(field, run));
  }

  isRead(field: Field): boolean {
    return field.id in OWN || (this.columns.get(field.id)?.length ?? 0) >= this.slots.length;
  }

  /** Whether the values of a field differ; undefined until all are read. */
  differs(field: Field): boolean | undefined {
    return this.look(field)?.differs;
  }

  /** Whether some run has a value, as far as is known. */
  isUsed(field: Field): boolean {
    return this.look(field)?.isUsed ?? true;
  }

  /** Look through all values of a field, once for the same runs. */
  private look(field: Field): Looked | undefined {
    const known = this.looked.get(field.id);
    if (known || !this.isRead(field)) return known;
    const values = this.values(field);
    const found = { differs: differ(values), isUsed: values.some((one) => one !== null) };
    this.looked.set(field.id, found);
    return found;
  }

  /** Read what is in sight of running runs again. */
  async refresh(): Promise<void> {
    const running = this.runs.value.filter((run) => run.status === "running");
    if (!running.length) return;
    const fields = this.wished.filter((field) => this.isRead(field)).slice(0, IN_SIGHT);
    const ids = fields.flatMap((field) => (field.id in OWN ? [] : [field.id]));
    const table = await readRows(
      running.map((run) => run.key),
      ids,
      this.control.signal,
    );
    const fresh = new Map(table.rows.map((row) => [row.id, row]));
    batch(() => {
      table.rows.forEach((row, at) => {
        this.keep(row);
        const slot = this.slotOf.get(row.id)!;
        ids.forEach(
          (id, index) => (this.columns.get(id)![slot] = table.cells[index]?.[at] ?? null),
        );
      });
      for (const field of fields) this.looked.delete(field.id);
      this.runs.value = this.runs.value.map((run) => fresh.get(run.id) ?? run);
      this.version.value++;
      this.turn.value++;
    });
  }

  private async readRuns(wanted: Wanted, aborted: AbortSignal): Promise<RunRow[]> {
    const unknown = wanted.runs.filter((id) => !this.slotOf.has(id));
    const parts: Promise<RunRow[]>[] = [];
    for (let at = 0; at < unknown.length; at += IDS) {
      const ids = unknown.slice(at, at + IDS).map((id) => JSON.stringify(id));
      parts.push(findRuns(`id in (${ids.join()})`, "all", [], aborted));
    }
    const isSearch = !wanted.runs.length && wanted.where !== "";
    if (isSearch) parts.push(findRuns(wanted.where, "active", wanted.experiments, aborted));
    const found = (await Promise.all(parts)).flat();
    for (const row of found) this.keep(row);
    this.missing.value = wanted.runs.filter((id) => !this.slotOf.has(id));
    const ids = isSearch ? found.map((row) => row.id) : wanted.runs;
    return ids.flatMap((id) => this.slots[this.slotOf.get(id) ?? -1] ?? []);
  }

  private keep(row: RunRow): void {
    const slot = this.slotOf.get(row.id);
    if (slot !== undefined) this.slots[slot] = row;
    else this.slotOf.set(row.id, this.slots.push(row) - 1);
  }

  private async read(): Promise<void> {
    if (this.isReading) return;
    this.isReading = true;
    const { signal: aborted } = this.control;
    try {
      for (let block = this.next(); block.length; block = this.next()) {
        await this.readBlock(block, aborted);
      }
    } catch (error) {
      if (!isAborted(error)) this.error.value = error;
    } finally {
      if (!aborted.aborted) this.isReading = false;
    }
  }

  /** Return the next fields to read: all of them lack values of the same runs. */
  private next(): Field[] {
    const lacking = (list: readonly Field[]): Field[] => list.filter((one) => !this.isRead(one));
    const first = lacking(this.wished);
    const all = [...first, ...lacking(this.fields.value)];
    const from = (field: Field | undefined): number =>
      this.columns.get(field?.id ?? "")?.length ?? 0;
    const begin = from(all[0]);
    const most = Math.max(
      20,
      Math.min(1_000, Math.floor(CELLS / (this.slots.length - begin || 1))),
    );
    const same = all.filter((field) => from(field) === begin);
    return [...new Map(same.map((field) => [field.id, field])).values()].slice(0, most);
  }

  private async readBlock(fields: readonly Field[], aborted: AbortSignal): Promise<void> {
    const begin = this.columns.get(fields[0]!.id)?.length ?? 0;
    const runs = this.slots.slice(begin);
    const ids = fields.map((field) => field.id);
    const table = await readRows(
      runs.map((run) => run.key),
      ids,
      aborted,
    );
    const place = new Map(table.rows.map((row, at) => [row.key, at]));
    fields.forEach((field, index) => {
      const column = this.columns.get(field.id) ?? [];
      for (const run of runs) {
        const at = place.get(run.key);
        column.push(at === undefined ? null : (table.cells[index]?.[at] ?? null));
      }
      this.columns.set(field.id, column);
    });
    this.version.value++;
  }
}

async function findRuns(
  where: string,
  lifecycle: Search["lifecycle"],
  experiments: readonly string[],
  aborted: AbortSignal,
): Promise<RunRow[]> {
  const some = experiments.length ? experiments : null;
  const search: Search = { where, sort: "-started", experiments: some, lifecycle };
  return (await readFirst(search, [], MOST_RUNS, aborted)).rows;
}

async function readFields(experiments: readonly string[], aborted: AbortSignal): Promise<Field[]> {
  const lists = await Promise.all(
    STORED.map(async (family) => {
      const keys = await listKeys(family, experiments, aborted);
      return keys.map((key) => fieldOf(family, key.name)).sort(byKey);
    }),
  );
  const attributes = ATTRIBUTES.map((key) => fieldOf("attributes", key));
  return FAMILIES.flatMap((_, at) => lists[at] ?? attributes);
}

/** Numbers in names count as numbers, and system metrics come last. */
function byKey(one: Field, other: Field): number {
  const system = Number(one.key.startsWith("system/")) - Number(other.key.startsWith("system/"));
  return system || ORDER.compare(one.key, other.key);
}

const ORDER = new Intl.Collator("en", { numeric: true });

/** The comparison that the page shows. */
export const data = new CompareData();
