/** The curves of metrics in cells, read for the rows in view, many in one request. */

import { signal } from "@preact/signals";
import { readOutlines } from "@/api/series";
import { toNumber } from "@/parts/format";
import type { Held } from "@/runs/data";
import { fieldOf } from "@/runs/fields";

const BUCKETS = 12;
const known = new Map<string, readonly number[]>();
const asked = new Set<string>();

/** Changes when curves have arrived. */
export const curvesVersion = signal(0);

const name = (run: string, key: string): string => `${run} ${key}`;

/** Return the values of a curve, once they have been read. */
export function curveOf(run: string, key: string): readonly number[] | undefined {
  return known.get(name(run, key));
}

/** Read the curves of columns for rows in view. */
export async function readCurves(rows: readonly Held[], columns: readonly string[]): Promise<void> {
  const keys = columns.filter((id) => id.startsWith("curve(")).map((id) => fieldOf(id)!.key);
  const wanted = rows.flatMap(({ run }) =>
    keys.map((key) => ({ run: run.id, key })).filter((one) => !asked.has(name(one.run, one.key))),
  );
  if (!wanted.length) return;
  for (const one of wanted) asked.add(name(one.run, one.key));
  try {
    for (const one of await readOutlines(wanted, BUCKETS)) {
      known.set(
        name(one.run, one.key),
        one.values.map((value) => toNumber(value) ?? NaN),
      );
    }
    curvesVersion.value++;
  } catch {
    for (const one of wanted) asked.delete(name(one.run, one.key));
  }
}

/** Read curves of runs again that may have grown. */
export function forgetCurves(runs: readonly string[]): void {
  const some = new Set(runs);
  for (const one of asked) if (some.has(one.split(" ")[0]!)) asked.delete(one);
}
