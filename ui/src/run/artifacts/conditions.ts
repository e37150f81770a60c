/** Filters of a table: `price > 3 name ~ "new york" paris`, all of which a row has to meet. */

import { fullText } from "@/run/artifacts/cell_text";
import { isMissing, type SourceColumn } from "@/run/artifacts/table_source";

/** A condition on a column, or on any column. */
export interface Condition {
  /** The index of the column; -1 for any. */
  readonly column: number;
  readonly test: (value: unknown) => boolean;
}

const TERM =
  /(?:"([^"]+)"|([^\s"<>=!~]+))\s*(>=|<=|!=|=|>|<|~)\s*(?:"([^"]*)"|([^\s"]+))|"([^"]+)"|(\S+)/g;

/** Return the conditions of a text. Throw if it names a column that is missing. */
export function parseConditions(text: string, columns: readonly SourceColumn[]): Condition[] {
  return [...text.matchAll(TERM)].map((found) => {
    const name = found[1] ?? found[2];
    const sign = found[3];
    if (name === undefined || sign === undefined) return contains(-1, found[6] ?? found[7] ?? "");
    const column = columns.findIndex((one) => one.name === name);
    if (column < 0) throw new Error(`There is no column ${name}.`);
    const wanted = found[4] ?? found[5] ?? "";
    return sign === "~" ? contains(column, wanted) : compared(column, sign, wanted);
  });
}

function contains(column: number, text: string): Condition {
  const wanted = text.toLowerCase();
  return { column, test: (value) => fullText(value).toLowerCase().includes(wanted) };
}

const SIGNS: Record<string, (order: number) => boolean> = {
  "=": (order) => order === 0,
  "!=": (order) => order !== 0,
  ">": (order) => order > 0,
  "<": (order) => order < 0,
  ">=": (order) => order >= 0,
  "<=": (order) => order <= 0,
};

function compared(column: number, sign: string, text: string): Condition {
  const number = text === "" ? NaN : Number(text);
  const holds = SIGNS[sign]!;
  const test = (value: unknown): boolean => {
    if (isMissing(value)) return sign === "!=" ? text !== "" : sign === "=" && text === "";
    const isCount = typeof value === "number" || typeof value === "bigint";
    if (isCount) return holds(Number.isNaN(number) ? NaN : Number(value) - number);
    const found = fullText(value);
    return holds(found === text ? 0 : found < text ? -1 : 1);
  };
  return { column, test };
}
