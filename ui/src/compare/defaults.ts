/** What the charts begin with: a metric that matters, and the params that differ. */

import { data } from "@/compare/data";
import type { Field, FieldFamily } from "@/compare/fields";

const LIKELY = /(^|[/._ -])(val|valid|validation|test|eval)/i;
const SCORE = /acc|f1|auc|r2|score|loss|mae|mse|rmse|error|map|bleu/i;

/** Return the metric that the runs are most likely compared by. */
export function mainMetric(): string {
  return mainMetrics(1)[0] ?? "";
}

/** Return the metrics that the runs are most likely compared by, the likeliest first. */
export function mainMetrics(most: number): string[] {
  const metrics = differing("metrics", 200);
  const worth = (field: Field): number =>
    Number(SCORE.test(field.key)) * 2 + Number(LIKELY.test(field.key));
  const sorted = [...metrics].sort((one, other) => worth(other) - worth(one));
  return sorted.slice(0, most).map((field) => field.id);
}

/** Return fields of a family whose values differ, or are not known yet. */
export function differing(family: FieldFamily, most: number): Field[] {
  const found: Field[] = [];
  for (const field of data.fields.value) {
    if (field.family !== family || field.key.startsWith("system/")) continue;
    if (data.differs(field) === false || !data.isUsed(field)) continue;
    found.push(field);
    if (found.length === most) break;
  }
  return found;
}

/** Return the params that differ and have numbers first. */
export function mainParams(most: number): string[] {
  const params = differing("params", 100);
  const isNumber = (field: Field): boolean =>
    data.values(field).some((value) => typeof value === "number");
  const sorted = [...params.filter(isNumber), ...params.filter((field) => !isNumber(field))];
  return sorted.slice(0, most).map((field) => field.id);
}
