/** The order of the compared runs. */

import type { RunRow } from "@/api/types";
import { titleOf } from "@/compare/colors";
import { data } from "@/compare/data";
import { parseField } from "@/compare/fields";
import { toNumber, type Cell } from "@/parts/format";
import type { SortKey } from "@/table/sorting";

/** Return runs by some fields, the baseline first; as they are by none. */
export function sortRuns(
  runs: readonly RunRow[],
  keys: readonly SortKey[],
  base: RunRow | undefined,
): readonly RunRow[] {
  if (!keys.length && !base) return runs;
  const parts = keys.map((key) => ({ ...key, field: parseField(key.id) }));
  const valueOf = (run: RunRow, part: (typeof parts)[number]): Cell =>
    part.id === "name" ? titleOf(run) : data.cell(part.field, run);
  return [...runs].sort((one, other) => {
    if (one === base || other === base) return one === base ? -1 : 1;
    for (const part of parts) {
      const order = compare(valueOf(one, part), valueOf(other, part), part.descending);
      if (order) return order;
    }
    return 0;
  });
}

const TEXTS = new Intl.Collator("en", { numeric: true });

/** Return the order of two values; missing ones and NaN are last either way. */
export function compare(one: Cell, other: Cell, descending: boolean): number {
  const [a, b] = [toNumber(one), toNumber(other)];
  const [noOne, noOther] = [isNothing(one, a), isNothing(other, b)];
  if (noOne || noOther) return Number(noOne) - Number(noOther);
  const order = a !== null && b !== null ? a - b : TEXTS.compare(String(one), String(other));
  return descending ? -order : order;
}

const isNothing = (value: Cell, number: number | null): boolean =>
  value === null || value === undefined || Number.isNaN(number);
