/** Reads a Parquet file by ranges: the rows in view, and whole columns to sort by. */

import {
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type AsyncBuffer,
  type FileMetaData,
  type SchemaTree,
} from "hyparquet";
import { readRange, type ArtifactRecord } from "@/api/artifacts";
import type { SourceColumn, TableSource } from "@/run/artifacts/table_source";

/** A Parquet file as a table. */
export interface ParquetTable extends TableSource {
  readonly metadata: FileMetaData;
}

const BLOCK = 512; // rows that are read at once
const MOST_COLUMNS = 200; // that are read for the rows in view

/** Return the bytes of an artifact, as they are asked for. */
export function bufferOf(run: string, file: ArtifactRecord): AsyncBuffer {
  return {
    byteLength: file.size,
    slice: (begin, end = file.size) => {
      const from = begin < 0 ? Math.max(0, file.size + begin) : begin;
      return readRange(run, file.path, from, end < 0 ? file.size + end : end);
    },
  };
}

/** Open a Parquet file. */
export async function openParquet(file: AsyncBuffer): Promise<ParquetTable> {
  const metadata = await parquetMetadataAsync(file, { initialFetchSize: 1 << 17 });
  const columns = parquetSchema(metadata).children.slice(0, MOST_COLUMNS).map(columnOf);
  const names = columns.map((one) => one.name);
  const blocks = new Map<number, unknown[][]>();
  const loading = new Map<number, Promise<void>>();
  const whole = new Map<number, Promise<unknown[]>>();
  const count = Number(metadata.num_rows);

  const loadBlock = async (block: number): Promise<void> => {
    const rowStart = block * BLOCK;
    const rowEnd = Math.min(count, rowStart + BLOCK);
    const rows = await parquetReadObjects({ file, metadata, columns: names, rowStart, rowEnd });
    blocks.set(
      block,
      rows.map((row) => names.map((name) => row[name] as unknown)),
    );
  };
  const load = (indexes: readonly number[]): Promise<void> | undefined => {
    const missing = [...new Set(indexes.map((one) => Math.floor(one / BLOCK)))].filter(
      (block) => !blocks.has(block),
    );
    if (!missing.length) return undefined;
    for (const one of missing) if (!loading.has(one)) loading.set(one, loadBlock(one));
    return Promise.all(missing.map((one) => loading.get(one))).then(() => undefined);
  };
  const column = (index: number): Promise<unknown[]> => {
    const name = names[index]!;
    const read = async (): Promise<unknown[]> => {
      const rows = await parquetReadObjects({ file, metadata, columns: [name] });
      return rows.map((row) => row[name] as unknown);
    };
    if (!whole.has(index)) whole.set(index, read());
    return whole.get(index)!;
  };
  const row = (index: number): unknown[] | undefined =>
    blocks.get(Math.floor(index / BLOCK))?.[index % BLOCK];
  if (count) await load([0]); // the widths of the columns are those of the first rows
  return { metadata, columns, count, row, load, column };
}

const NUMBERS = new Set(["INT32", "INT64", "INT96", "FLOAT", "DOUBLE"]);

function columnOf(tree: SchemaTree): SourceColumn {
  const { element } = tree;
  const type = typeOf(tree);
  const isNumber =
    tree.children.length === 0 &&
    NUMBERS.has(element.type ?? "") &&
    !/date|time/.test(type) &&
    element.repetition_type !== "REPEATED";
  return { name: element.name, type, isNumber };
}

/** Return the type of a column in the words of data frames. */
export function typeOf({ element, children }: SchemaTree): string {
  const logical = element.logical_type?.type ?? element.converted_type;
  if (children.length) return (logical ?? "struct").toLowerCase();
  if (logical === "STRING" || logical === "UTF8") return "string";
  if (logical) return logical.toLowerCase().replace(/_(millis|micros)$/, "");
  const names: Record<string, string> = {
    BYTE_ARRAY: "bytes",
    FIXED_LEN_BYTE_ARRAY: "bytes",
    FLOAT: "float32",
    DOUBLE: "float64",
    BOOLEAN: "bool",
  };
  return names[element.type ?? ""] ?? (element.type ?? "").toLowerCase();
}
