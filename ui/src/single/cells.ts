/** The columns of a table of the runs in the file. */

import type { Column, MetricSummary, RunRow } from "@/api/types";
import type { ExportedRun } from "@/single/records";

type Cell = string | number | boolean | null;
type Stored = "params" | "metrics" | "tags";

const FORM = /^(?:(min|max|mean|count|at)\()?(metrics|params|tags)\.(.+?)(?:, *(-?\d+)\)|(\)))?$/s;

/** Return the column that a text names. */
export function columnOf(text: string): Column {
  const match = FORM.exec(text);
  const base = { field: text, summary: "last", step: null, kind: "text" } as const;
  if (!match) return { ...base, family: "attribute", key: text };
  const [, summary, family, quoted = "", step, end] = match;
  const name = summary ? quoted : quoted + (end ?? "");
  return {
    ...base,
    family: family as Stored,
    key: unquote(name),
    summary: (summary ?? "last") as Column["summary"],
    step: step === undefined ? null : Number(step),
    kind: family === "metrics" ? "number" : "text",
  };
}

function unquote(text: string): string {
  return /^(".*"|`.*`|'.*')$/s.test(text) ? text.slice(1, -1).replace(/\\(.)/gs, "$1") : text;
}

/** Return the value of a run in a column. */
export function cellOf(run: ExportedRun, column: Column): Cell {
  const { family, key } = column;
  if (family === "attribute") return attributeOf(run, key);
  if (family !== "metrics") return own(run.details.run[family], key) ?? null;
  const found = run.details.metrics.find((one) => one.key === key);
  return found ? summaryOf(run, found, column) : null;
}

function summaryOf(run: ExportedRun, found: MetricSummary, column: Column): Cell {
  if (column.summary !== "at") return found[column.summary];
  const outline = run.outlines.find((one) => one.key === column.key);
  const at = outline ? outline.steps.lastIndexOf(column.step ?? 0) : -1;
  return outline?.values[at] ?? null;
}

function own<T>(values: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(values, key) ? values[key] : undefined;
}

function attributeOf({ details: { run } }: ExportedRun, key: string): Cell {
  if (key === "duration") return run.ended === null ? null : run.ended - run.started;
  const value: unknown = own(run as unknown as Record<string, unknown>, key);
  return typeof value === "string" || typeof value === "number" ? value : null;
}

/** Return the row of a run; its key is its place in the file. */
export function rowOf(runs: readonly ExportedRun[], key: number): RunRow {
  const { run } = runs[key]!.details;
  const { id, name, experiment, experiment_id, status, started, ended } = run;
  const { user, kind, parent, deleted } = run;
  const children = runs.filter((one) => one.details.run.parent === id).length;
  return {
    ...{ key, id, name, experiment, experiment_id, status, started, ended },
    ...{ user, kind, parent, children, deleted },
  };
}
