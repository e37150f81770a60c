/** Runs as CSV and JSON. */

import type { Cell } from "@/parts/format";
import type { Held } from "@/runs/data";
import { ATTRIBUTES } from "@/runs/fields";

export type Format = "csv" | "json";

/** Return runs with their id and columns as a text. */
export function textOfRuns(runs: readonly Held[], ids: readonly string[], format: Format): string {
  const columns = ids.filter((id) => id !== "id" && !id.startsWith("curve("));
  if (format === "json") {
    const rows = runs.map((held) => ({
      id: held.run.id,
      ...Object.fromEntries(columns.map((id) => [id, valueOf(held, id)])),
    }));
    return `${JSON.stringify(rows, null, 1)}\n`;
  }
  const lines = runs.map((held) => [held.run.id, ...columns.map((id) => valueOf(held, id))]);
  return (
    [["id", ...columns], ...lines].map((line) => line.map(quote).join(",")).join("\r\n") + "\r\n"
  );
}

function valueOf(held: Held, id: string): Cell {
  if (!(id in ATTRIBUTES)) return held.cells.get(id) ?? null;
  const { run } = held;
  if (id === "started") return new Date(run.started * 1000).toISOString();
  if (id === "duration") return run.ended === null ? null : run.ended - run.started;
  return run[id as "name"];
}

/** A text that a spreadsheet would take for a formula gets an apostrophe. */
function quote(value: Cell): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const text = String(value);
  const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}
