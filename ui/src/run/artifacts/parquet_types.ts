/** The columns of a Parquet file, in the words of data frames. */

import type { SchemaTree } from "hyparquet";
import type { SourceColumn } from "@/run/artifacts/table_source";

const NUMBERS = new Set(["INT32", "INT64", "FLOAT", "DOUBLE"]);
const NAMES: Readonly<Record<string, string>> = {
  BYTE_ARRAY: "bytes",
  FIXED_LEN_BYTE_ARRAY: "bytes",
  FLOAT: "float32",
  DOUBLE: "float64",
  BOOLEAN: "bool",
  INT96: "timestamp",
};

/** Return a column of a table. */
export function columnOf(tree: SchemaTree): SourceColumn {
  const { element, children } = tree;
  const type = typeOf(tree);
  const isPlain = children.length === 0 && element.repetition_type !== "REPEATED";
  const isNumber = isPlain && NUMBERS.has(element.type ?? "") && !/date|time/.test(type);
  return { name: element.name, type, isNumber };
}

/** Return the type of a column. */
export function typeOf({ element, children }: SchemaTree): string {
  const logical = element.logical_type?.type ?? element.converted_type;
  if (children.length) return (logical ?? "struct").toLowerCase();
  if (logical === "STRING" || logical === "UTF8") return "string";
  if (logical) return logical.toLowerCase().replace(/_(millis|micros)$/, "");
  return NAMES[element.type ?? ""] ?? (element.type ?? "").toLowerCase();
}
