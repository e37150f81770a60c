/** Answers about the runs of the file as tables: rows, order and keys. */

import type { KeyPage, RunKey, RunOrder, RunTable } from "@/api/types";
import { cellOf, columnOf, rowOf } from "@/single/cells";
import type { ExportedRun } from "@/single/records";
import { testOf } from "@/single/search";

interface Ask {
  readonly where?: string;
  readonly sort?: string;
  readonly experiments?: readonly string[] | null;
  readonly columns?: readonly string[] | null;
  readonly keys?: readonly number[];
  readonly limit?: number;
}

type Runs = readonly ExportedRun[];
const FAMILIES = ["metrics", "params"] as const;
const MOST_COLUMNS = 12;

/** Return rows with their values by column. */
export function tableOf(runs: Runs, ask: Ask): RunTable {
  const keys = ask.keys ?? orderOf(runs, ask).keys.slice(0, ask.limit ?? 100);
  const columns = (ask.columns ?? chosenColumns(runs)).map(columnOf);
  return {
    columns,
    rows: keys.map((key) => rowOf(runs, key)),
    cells: columns.map((column) => keys.map((key) => cellOf(runs[key]!, column))),
  };
}

function chosenColumns(runs: Runs): string[] {
  return FAMILIES.flatMap((family) =>
    namesOf(runs, family)
      .filter((name) => !name.startsWith("system/"))
      .slice(0, MOST_COLUMNS)
      .map((name) => `${family}.${JSON.stringify(name)}`),
  );
}

/** Return the keys of the runs that match, in order. */
export function orderOf(runs: Runs, ask: Ask): RunOrder {
  const test = testOf(ask.where ?? "");
  const { experiments } = ask;
  const isIn = ({ details }: ExportedRun): boolean =>
    !experiments || experiments.includes(details.run.experiment_id);
  const keys = runs.flatMap((run, key) => (isIn(run) && test(run) ? [key] : []));
  const sorts = splitSort(ask.sort || "-started");
  keys.sort((one, other) => compareBy(runs[one]!, runs[other]!, sorts));
  return { total: keys.length, keys };
}

function splitSort(sort: string): string[] {
  return sort.split(/,\s*(?=[-+]?[a-z(]+[.a-z])/).map((one) => one.trim());
}

function compareBy(one: ExportedRun, other: ExportedRun, sorts: readonly string[]): number {
  for (const sort of sorts) {
    const column = columnOf(sort.replace(/^[-+]/, ""));
    const [left, right] = [cellOf(one, column), cellOf(other, column)];
    if (left === right) continue;
    if (left === null || right === null) return left === null ? 1 : -1;
    const isLess = typeof left === typeof right ? left < right : String(left) < String(right);
    return isLess === sort.startsWith("-") ? 1 : -1;
  }
  return 0;
}

function namesOf(runs: Runs, family: RunKey["family"]): string[] {
  return [...new Set(runs.flatMap((run) => Object.keys(run.details.run[family])))].sort();
}

/** Return the names of params, metrics or tags that contain all words of a text. */
export function keysOf(runs: Runs, query: URLSearchParams): KeyPage {
  const family = query.get("family") as RunKey["family"];
  const words = (query.get("text") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const isMatch = (name: string): boolean =>
    words.every((word) => name.toLowerCase().includes(word));
  const keys = namesOf(runs, family)
    .filter(isMatch)
    .map((name) => keyOf(runs, family, name));
  return { keys, total: keys.length, next: "" };
}

function keyOf(runs: Runs, family: RunKey["family"], name: string): RunKey {
  const values = runs
    .map((run) => cellOf(run, { ...columnOf(`${family}.x`), key: name }))
    .filter((value) => value !== null);
  const numbers = values.filter((value) => typeof value === "number");
  const isNumber = family === "metrics" || numbers.length === values.length;
  return {
    family,
    name,
    kind: isNumber ? "number" : "text",
    count: values.length,
    min: numbers.length ? Math.min(...numbers) : null,
    max: numbers.length ? Math.max(...numbers) : null,
  };
}
