/** How params go together with a metric: correlation, and importance in a random forest. */

import { finite, type Field } from "@/compare/fields";
import { explain } from "@/compare/forest";
import { meanOf, pearson, spearman } from "@/compare/statistics";
import { differ } from "@/compare/fields";
import type { Cell } from "@/parts/format";

/** What is known about one param. */
export interface Influence {
  readonly field: Field;
  readonly importance: number;
  /** Null for texts. */
  readonly pearson: number | null;
  readonly spearman: number | null;
  /** The number of runs that have both values. */
  readonly count: number;
}

export interface Influences {
  readonly rows: readonly Influence[];
  readonly score: number | null;
  /** The number of runs with the metric. */
  readonly runs: number;
}

/** The fewest runs that say anything. */
export const FEWEST = 5;

/** Return the influence of fields on a metric, the most important first. */
export function influencesOf(
  fields: readonly Field[],
  valuesOf: (field: Field) => readonly Cell[],
  metric: readonly Cell[],
): Influences {
  const known = metric.flatMap((value, at) => (finite(value) === null ? [] : [at]));
  const target = known.map((at) => finite(metric[at])!);
  if (known.length < FEWEST) return { rows: [], score: null, runs: known.length };
  const columns = fields.map((field) => {
    const values = valuesOf(field);
    return { field, values: known.map((at) => values[at] ?? null) };
  });
  const differing = columns.filter((one) => differ(one.values));
  const encoded = differing.map((one) => encode(one.values, target));
  const found = explain(encoded, target);
  const rows = differing.map(({ field, values }, at) => ({
    field,
    importance: found.importance[at]!,
    ...correlations(values, target),
  }));
  rows.sort((one, other) => other.importance - one.importance);
  return { rows, score: found.score, runs: known.length };
}

function correlations(values: readonly Cell[], target: readonly number[]) {
  const pairs = values.flatMap((value, at) => {
    const number = typeof value === "boolean" ? Number(value) : finite(value);
    return number === null ? [] : [[number, target[at]!] as const];
  });
  const [xs, ys] = [pairs.map(([x]) => x), pairs.map(([, y]) => y)];
  return { pearson: pearson(xs, ys), spearman: spearman(xs, ys), count: pairs.length };
}

/** Return values as numbers: texts by the mean of the metric that runs with them have. */
export function encode(values: readonly Cell[], target: readonly number[]): number[] {
  const numbers = values.map(finite);
  const hasTexts = values.some((value, at) => value !== null && numbers[at] === null);
  if (!hasTexts) {
    const there = numbers.flatMap((value) => value ?? []);
    const least = Math.min(...there);
    const below = least - Math.max(1, Math.abs(least)); // a missing value is a value of its own
    return numbers.map((value) => value ?? below);
  }
  const groups = new Map<Cell, number[]>();
  values.forEach((value, at) => {
    const group = groups.get(value) ?? [];
    group.push(target[at]!);
    groups.set(value, group);
  });
  const means = new Map([...groups].map(([value, group]) => [value, meanOf(group)]));
  return values.map((value) => means.get(value)!);
}
