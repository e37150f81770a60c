/** Runs as CSV, JSON and Parquet. */

import { toNumber, type Cell } from "@/parts/format";
import type { Held } from "@/runs/data";
import { ATTRIBUTES } from "@/runs/fields";

export type Format = "csv" | "json" | "parquet";

const columnsOf = (ids: readonly string[]): string[] =>
  ids.filter((id) => id !== "id" && !id.startsWith("curve("));

/** Return runs with their id and columns as the content of a file. */
export async function contentOfRuns(
  runs: readonly Held[],
  ids: readonly string[],
  format: Format,
): Promise<string | ArrayBuffer> {
  if (format !== "parquet") return textOfRuns(runs, ids, format);
  const { parquetWriteBuffer } = await import("hyparquet-writer");
  const columns = ["id", ...columnsOf(ids)].map((id) => parquetColumn(id, runs));
  return parquetWriteBuffer({ columnData: columns });
}

/** A column of numbers, or of texts where any value is one; a missing value is null. */
function parquetColumn(id: string, runs: readonly Held[]) {
  const data = runs.map((held) => (id === "id" ? held.run.id : valueOf(held, id)) ?? null);
  const numbers = data.map((value) => (value === null ? null : toNumber(value)));
  const isNumber = data.every((value, at) => value === null || numbers[at] !== null);
  return isNumber
    ? { name: id, data: numbers, type: "DOUBLE" as const, nullable: true }
    : {
        name: id,
        data: data.map((value) => (value === null ? null : String(value))),
        type: "STRING" as const,
        nullable: true,
      };
}

/** Return runs with their id and columns as a text. */
export function textOfRuns(
  runs: readonly Held[],
  ids: readonly string[],
  format: "csv" | "json",
): string {
  const columns = columnsOf(ids);
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
  if (!Object.hasOwn(ATTRIBUTES, id)) return held.cells.get(id) ?? null;
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
