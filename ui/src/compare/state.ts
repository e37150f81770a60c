/** What a comparison shows, as it stands in the address of the page. */

import { computed } from "@preact/signals";
import { SUMMARIES } from "@/compare/fields";
import { change, location } from "@/parts/location";
import { splitList } from "@/table/sorting";

const TABS = [
  "table",
  "curves",
  "scatter",
  "parallel",
  "box",
  "contour",
  "importance",
  "images",
  "origins",
  "explain",
] as const;

export type TabId = (typeof TABS)[number];

/** The most runs that are compared. */
export const MOST_RUNS = 500;

/** The state now. */
export const state = computed(() => readState(location.value.query));

/** Return the state that a query describes. */
export function readState(query: URLSearchParams) {
  const text = (name: string): string => query.get(name) ?? "";
  const list = (name: string): string[] => splitList(text(name));
  const tab = text("tab") as TabId;
  return {
    runs: [...new Set(list("runs"))].slice(0, MOST_RUNS),
    /** All runs of a search, where none are named. */
    where: text("where"),
    experiments: list("experiments"),
    tab: TABS.includes(tab) ? tab : "table",
    /** The id of the run that others are compared with. */
    baseline: text("baseline"),
    find: text("find"),
    isOnlyDifferent: text("only") === "1",
    /** Whether runs are the rows. */
    isTurned: text("turned") === "1",
    sort: text("sort"),
    /** Which value of metrics the table shows. */
    summary: SUMMARIES.find((one) => one === text("summary")) ?? "last",
    /** Metrics whose better values are lower or higher than one would guess. */
    reversed: list("reversed"),
    /** Runs with a colour of their own: `ID:3`. */
    colors: list("colors"),
    /** Fields on logarithmic axes. */
    log: list("log"),
    x: text("x"),
    y: text("y"),
    z: text("z"),
    color: text("color"),
    size: text("size"),
    axes: list("axes"),
    /** Ranges chosen on the axes of parallel coordinates: `metrics.loss:0:1`. */
    brush: list("brush"),
    /** The metric that params are to explain, and that others are drawn by. */
    metric: text("metric"),
    /** Metrics that are drawn as curves. */
    curves: list("curves"),
    split: text("split"),
    dash: text("dash"),
    group: text("group"),
    /** The field whose values have their runs drawn as one mean. */
    mean: text("mean"),
    band: text("band") === "range" ? ("range" as const) : ("deviation" as const),
    along: text("along"),
    smooth: text("smooth"),
    /** The range along x of all curves. */
    zoom: text("zoom"),
    layout: text("layout") === "one" ? ("one" as const) : ("many" as const),
    step: text("step"),
    section: text("section"),
  };
}

export type CompareState = ReturnType<typeof readState>;

const NAMES: Partial<Record<keyof CompareState, string>> = {
  isOnlyDifferent: "only",
  isTurned: "turned",
};

type Value = CompareState[keyof CompareState];

/** Return a value as it is written in the address; empty for one that need not be there. */
export function written(value: Value): string {
  if (typeof value === "boolean") return value ? "1" : "";
  if (typeof value === "string") return value;
  if (typeof value === "number") return value ? String(value) : "";
  return value.join(",");
}

/** Change the state; a change while typing makes no entry in the history. */
export function update(changes: Partial<CompareState>, options: { replace?: boolean } = {}): void {
  const pairs = Object.entries(changes) as [keyof CompareState, Value][];
  const query = pairs.map(([key, value]) => [NAMES[key] ?? key, written(value)]);
  change(Object.fromEntries(query) as Record<string, string>, options);
}

/** Return a list with an entry taken out or added. */
export function toggledIn(list: readonly string[], id: string): string[] {
  return list.includes(id) ? list.filter((one) => one !== id) : [...list, id];
}
