/** What the table of runs shows, as it stands in the address of the page. */

import { computed } from "@preact/signals";
import type { Search } from "@/api/runs";
import { change, location } from "@/parts/location";
import { formatSort, parseSort, splitList, type SortKey } from "@/table/sorting";

export interface TableState {
  readonly where: string;
  readonly sort: readonly SortKey[];
  /** Ids of experiments; none for all. */
  readonly experiments: readonly string[];
  readonly lifecycle: Search["lifecycle"];
  /** Ids of columns; null for those that the server chooses. */
  readonly columns: readonly string[] | null;
  readonly pinned: readonly string[];
  readonly widths: Readonly<Record<string, number>>;
  readonly heat: readonly string[];
  /** Fields to group by. */
  readonly group: readonly string[];
  /** The id of the run that others are compared with. */
  readonly baseline: string;
  /** Whether runs are below their parents. */
  readonly isNested: boolean;
}

export const DEFAULT_SORT = "-started";

const list = (text: string | null): string[] => splitList(text ?? "");

/** Return the state that a query of the address describes. */
export function readState(query: URLSearchParams): TableState {
  const lifecycle = query.get("show");
  return {
    where: query.get("where") ?? "",
    sort: parseSort(query.get("sort") ?? DEFAULT_SORT),
    experiments: list(query.get("experiments")),
    lifecycle: lifecycle === "deleted" || lifecycle === "all" ? lifecycle : "active",
    columns: query.has("columns") ? list(query.get("columns")) : null,
    pinned: query.has("pinned") ? list(query.get("pinned")) : ["name"],
    widths: readWidths(query.get("widths")),
    heat: list(query.get("heat")),
    group: list(query.get("group")),
    baseline: query.get("baseline") ?? "",
    isNested: query.get("nested") === "1",
  };
}

function readWidths(text: string | null): Record<string, number> {
  const widths: Record<string, number> = {};
  for (const part of list(text)) {
    const at = part.lastIndexOf(":");
    const width = Number(part.slice(at + 1));
    if (at > 0 && width > 0) widths[part.slice(0, at)] = width;
  }
  return widths;
}

/** The state now. */
export const state = computed(() => readState(location.value.query));

/** The search of the state. */
export const search = computed<Search>(() => {
  const { where, sort, experiments, lifecycle, isNested } = state.value;
  const roots = where ? `(${where}) and parent = ""` : 'parent = ""';
  return {
    where: isNested ? roots : where,
    sort: formatSort(sort.filter((key) => !key.id.startsWith("curve("))),
    experiments: experiments.length ? experiments : null,
    lifecycle,
  };
});

/** Change the state; a change of the look alone makes no entry in the history. */
export function update(changes: Partial<TableState>, options: { replace?: boolean } = {}): void {
  const query: Record<string, string> = {};
  const write: Record<string, (value: never) => string> = WRITERS;
  for (const [key, value] of Object.entries(changes)) {
    query[NAMES[key as keyof TableState]] = write[key]!(value as never);
  }
  change(query, options);
}

const NAMES: Record<keyof TableState, string> = {
  where: "where",
  sort: "sort",
  experiments: "experiments",
  lifecycle: "show",
  columns: "columns",
  pinned: "pinned",
  widths: "widths",
  heat: "heat",
  group: "group",
  baseline: "baseline",
  isNested: "nested",
};

const join = (ids: readonly string[]): string => ids.join(", ");

const WRITERS: { [Key in keyof TableState]: (value: TableState[Key]) => string } = {
  where: (text) => text.trim(),
  sort: (keys) => (formatSort(keys) === DEFAULT_SORT ? "" : formatSort(keys)),
  experiments: join,
  lifecycle: (value) => (value === "active" ? "" : value),
  columns: (ids) => join(ids ?? []),
  pinned: (ids) => (join(ids) === "name" ? "" : join(ids) || " "),
  widths: (widths) => join(Object.entries(widths).map(([id, width]) => `${id}:${width}`)),
  heat: join,
  group: join,
  baseline: (id) => id,
  isNested: (value) => (value ? "1" : ""),
};
