/** Reads JSON as Python writes it, and says what it holds. */

import { columnsOf, sourceOf, type TableSource } from "@/run/artifacts/table_source";

const MARK = "\u0001"; // before what is no number of JSON
const LITERAL = /"(?:[^"\\]|\\.)*"|-?\bNaN\b|-?\bInfinity\b/g;

type Reviver = (key: string, value: unknown, context?: { source?: string }) => unknown;

/** Return a large integer exactly. */
const exact: Reviver = (_key, value, context) => {
  const source = context?.source ?? "";
  if (typeof value === "string" && value.startsWith(MARK)) return Number(value.slice(1));
  const isLarge = typeof value === "number" && !Number.isSafeInteger(value);
  return isLarge && /^-?\d+$/.test(source) ? BigInt(source) : value;
};

/** Return the value of a text, in which NaN and the infinities may stand. */
export function parseJson(text: string): unknown {
  const reviver = /\d{16}/.test(text) ? exact : undefined;
  try {
    return JSON.parse(text, reviver);
  } catch (error) {
    const quoted = text.replace(LITERAL, (one) => (one.startsWith('"') ? one : `"\\u0001${one}"`));
    if (quoted === text) throw error;
    return JSON.parse(quoted, exact);
  }
}

/** Return the values of a text with one in each line; what is cut off at its end is left out. */
export function parseLines(text: string, isWhole: boolean): unknown[] {
  const lines = text.split("\n");
  if (!isWhole) lines.pop();
  return lines.filter((one) => one.trim()).map(parseJson);
}

type JsonRecord = Readonly<Record<string, unknown>>;

/** Whether a value has named values. */
export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a value is a figure of Plotly. */
export function isPlotly(value: unknown): value is JsonRecord {
  if (!isRecord(value) || !Array.isArray(value["data"]) || !isRecord(value["layout"])) return false;
  return value["data"].every((one) => isRecord(one));
}

/** Whether a value is a figure of Vega or Vega-Lite. */
export function isVega(value: unknown): value is JsonRecord {
  if (!isRecord(value)) return false;
  const schema = value["$schema"];
  return typeof schema === "string" && /vega(?:-lite)?\/v?\d/.test(schema);
}

/** Return a value as a table if it is one: rows below columns, or a list of records. */
export function tableIn(value: unknown): TableSource | null {
  if (isRecord(value)) {
    const { columns, data } = value;
    const isSplit = Array.isArray(columns) && Array.isArray(data) && data.every(Array.isArray);
    return isSplit ? tableOf(columns.map(String), data as unknown[][]) : null;
  }
  if (!Array.isArray(value) || !value.length || !value.every(isRecord)) return null;
  const names = new Set<string>();
  for (const one of value.slice(0, 1_000)) for (const name of Object.keys(one)) names.add(name);
  if (!names.size || names.size > 1_000) return null;
  const order = [...names];
  return tableOf(
    order,
    value.map((one) => order.map((name) => own(one, name))),
  );
}

/** Return a value of a record, and nothing that every object has. */
function own(record: JsonRecord, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function tableOf(names: readonly string[], rows: readonly (readonly unknown[])[]): TableSource {
  return sourceOf(columnsOf(names, rows), rows);
}
