/** The rows of a table that meet its filter, in the order of its sort keys. */

import type { SortKey } from "@/table/sorting";
import { parseConditions, type Condition } from "@/run/artifacts/conditions";
import { sortRows } from "@/run/artifacts/row_sort";
import type { TableSource } from "@/run/artifacts/table_source";

/** Return the indexes of the rows to show; null for all of them as they are. */
export async function orderOf(
  source: TableSource,
  where: string,
  sort: readonly SortKey[],
): Promise<Uint32Array | null> {
  const conditions = parseConditions(where, source.columns);
  const keys = sort.flatMap((key) => {
    const column = source.columns.findIndex((one) => one.name === key.id);
    return column < 0 ? [] : [{ column, descending: key.descending }];
  });
  if (!conditions.length && !keys.length) return null;
  let rows: Uint32Array = Uint32Array.from({ length: source.count }, (_, at) => at);
  for (const one of conditions) rows = await filter(source, rows, one);
  const sorted = await Promise.all(
    keys.map(async ({ column, descending }) => ({
      values: await source.column(column),
      descending,
    })),
  );
  return sortRows(rows, sorted);
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
