/** The rows of a table that meet its filter, in the order of its sort keys. */

import type { SortKey } from "@/table/sorting";
import { parseConditions, type Condition } from "@/run/artifacts/conditions";
import { isMissing, type TableSource } from "@/run/artifacts/table_source";

/** Return the indexes of the rows to show; null for all of them as they are. */
export async function orderOf(
  source: TableSource,
  where: string,
  sort: readonly SortKey[],
): Promise<Uint32Array | null> {
  const conditions = parseConditions(where, source.columns);
  const keys = sort.flatMap((key) => {
    const column = source.columns.findIndex((one) => one.name === key.id);
    return column < 0 ? [] : [{ column, sign: key.descending ? -1 : 1 }];
  });
  if (!conditions.length && !keys.length) return null;
  let rows = Uint32Array.from({ length: source.count }, (_, at) => at);
  for (const one of conditions) rows = await filter(source, rows, one);
  const sorted = await Promise.all(
    keys.map(async ({ column, sign }) => ({ values: await source.column(column), sign })),
  );
  if (sorted.length) rows.sort((a, b) => compareBy(sorted, a, b));
  return rows;
}

async function filter(
  source: TableSource,
  rows: Uint32Array,
  { column, test }: Condition,
): Promise<Uint32Array<ArrayBuffer>> {
  const indexes = column >= 0 ? [column] : [...source.columns.keys()];
  const meets = new Uint8Array(source.count);
  for (const index of indexes) {
    const values = await source.column(index);
    for (const row of rows) if (!meets[row] && test(values[row])) meets[row] = 1;
  }
  return Uint32Array.from(rows.filter((row) => meets[row]));
}

interface Sorted {
  readonly values: ArrayLike<unknown>;
  readonly sign: number;
}

function compareBy(keys: readonly Sorted[], a: number, b: number): number {
  for (const { values, sign } of keys) {
    const order = compareValues(values[a], values[b], sign);
    if (order) return order;
  }
  return a - b;
}

/** Compare two values; missing ones come last in both directions. */
export function compareValues(a: unknown, b: unknown, sign: number): number {
  const [noA, noB] = [isLast(a), isLast(b)];
  if (noA || noB) return noA === noB ? 0 : noA ? 1 : -1;
  const [left, right] = [comparable(a), comparable(b)];
  if (left === right) return 0;
  return (left < right ? -1 : 1) * sign;
}

function isLast(value: unknown): boolean {
  return isMissing(value) || (typeof value === "number" && Number.isNaN(value));
}

function comparable(value: unknown): string | number | bigint {
  if (typeof value === "number" || typeof value === "bigint") return value;
  if (typeof value === "boolean") return Number(value);
  if (value instanceof Date) return value.getTime();
  return typeof value === "string" ? value : JSON.stringify(value);
}
