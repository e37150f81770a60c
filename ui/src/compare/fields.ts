/** The fields of runs that are compared: params, metrics, tags and attributes. */

import type { Cell } from "@/parts/format";
import { toNumber } from "@/parts/format";

export type FieldFamily = "params" | "metrics" | "tags" | "attributes";

export interface Field {
  /** Its text in the search grammar, such as `metrics.loss`. */
  readonly id: string;
  readonly family: FieldFamily;
  readonly key: string;
}

/** The families in the order in which they are shown: causes first. */
export const FAMILIES: readonly FieldFamily[] = ["params", "metrics", "tags", "attributes"];

const SIMPLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Return the text of a key, quoted where its characters need it. */
export function quoteKey(key: string): string {
  if (key.split(".").every((part) => SIMPLE.test(part))) return key;
  return `"${key.replace(/\\/g, "\\\\").replace(/"/g, '\\"')}"`;
}

/** Return the field of a key. */
export function fieldOf(family: FieldFamily, key: string): Field {
  return { id: family === "attributes" ? key : `${family}.${quoteKey(key)}`, family, key };
}

/** Which value of a metric is shown. */
export const SUMMARIES = ["last", "min", "max", "mean"] as const;

export type Summary = (typeof SUMMARIES)[number];

/** Return a field that shows another value of a metric; other fields stay as they are. */
export function summarised(field: Field, summary: Summary): Field {
  if (field.family !== "metrics" || summary === "last") return field;
  return { ...field, id: `${summary}(${field.id})` };
}

const FORM = /^(?:(?:min|max|mean)\()?(metrics|params|tags)\.(.+?)\)?$/s;

/** Return the field that a text in the address names. */
export function parseField(id: string): Field {
  const match = FORM.exec(id);
  if (!match) return { id, family: "attributes", key: id };
  const [, family, text = ""] = match;
  const isQuoted = /^".*"$/s.test(text);
  const key = isQuoted ? text.slice(1, -1).replace(/\\(.)/gs, "$1") : text;
  return { id, family: family as FieldFamily, key };
}

/** Whether two values are shown as the same. */
export function isSame(one: Cell, other: Cell): boolean {
  return (one ?? null) === (other ?? null);
}

/** Whether values differ; a missing one differs from any other. */
export function differ(values: readonly Cell[]): boolean {
  return values.some((value) => !isSame(value, values[0]));
}

/** Return the finite number of a value; null if it is none. */
export function finite(value: Cell): number | null {
  const number = toNumber(value);
  return number !== null && Number.isFinite(number) ? number : null;
}

const LOWER =
  /loss|err|mae|mse|rmse|mape|perplex|ppl|latency|second|time|duration|cost|bytes|wer|fid/i;

/** Whether lower values of a metric are usually better, to begin with. */
export function isLowerBetter(key: string): boolean {
  return LOWER.test(key);
}

/** Return the best of some values; null if there are not two numbers that differ. */
export function bestOf(values: readonly Cell[], isLow: boolean): number | null {
  let least = Infinity;
  let most = -Infinity;
  for (const value of values) {
    const number = finite(value);
    if (number === null) continue;
    if (number < least) least = number;
    if (number > most) most = number;
  }
  return least < most ? (isLow ? least : most) : null;
}
