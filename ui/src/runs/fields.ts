/** The fields of a run that a column shows, as the search grammar writes them. */

import type { Column } from "@/api/types";

export interface Field {
  readonly family: "metrics" | "params" | "tags" | "attribute";
  readonly key: string;
  readonly summary: "last" | "min" | "max" | "mean" | "count" | "at" | "curve";
  readonly step: number | null;
}

/** Attributes that have a column, with their titles. */
export const ATTRIBUTES: Readonly<Record<string, string>> = {
  name: "run",
  status: "status",
  started: "started",
  duration: "duration",
  experiment: "experiment",
  user: "user",
  kind: "kind",
  id: "id",
};

const SIMPLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const FORM =
  /^(?:(min|max|mean|count|at|curve)\()?(metrics|params|tags)\.(.+?)(?:, *(-?\d+))?\)?$/s;

/** Return the text of a key, quoted where its characters need it. */
export function quoteKey(key: string): string {
  if (key.split(".").every((part) => SIMPLE.test(part))) return key;
  return `"${key.replace(/\\/g, "\\\\").replace(/"/g, '\\"')}"`;
}

/** Return the text of a field; it is the id of its column. */
export function textOf(field: Field): string {
  if (field.family === "attribute") return field.key;
  const name = `${field.family}.${quoteKey(field.key)}`;
  if (field.summary === "last") return name;
  return field.summary === "at" ? `at(${name}, ${field.step})` : `${field.summary}(${name})`;
}

/** Return the field that a text names; null if it is none. */
export function fieldOf(text: string): Field | null {
  if (Object.hasOwn(ATTRIBUTES, text))
    return { family: "attribute", key: text, summary: "last", step: null };
  const match = FORM.exec(text);
  if (!match) return null;
  const [, summary = "last", family, quoted = "", step] = match;
  return {
    family: family as Field["family"],
    key: unquote(quoted),
    summary: summary as Field["summary"],
    step: step === undefined ? null : Number(step),
  };
}

function unquote(text: string): string {
  if (!/^(".*"|`.*`|'.*')$/s.test(text)) return text;
  return text.slice(1, -1).replace(/\\(.)/gs, "$1");
}

/** Return the id of a column that the server chose. */
export function idOf(column: Column): string {
  return textOf({
    family: column.family as Field["family"],
    key: column.key,
    summary: column.summary as Field["summary"],
    step: column.step ?? null,
  });
}

/** Return the title of a column and the word above it. */
export function titleOf(field: Field): { title: string; group: string } {
  if (field.family === "attribute") return { title: ATTRIBUTES[field.key] ?? field.key, group: "" };
  const kind = field.family.slice(0, -1);
  if (field.summary === "last") return { title: field.key, group: kind };
  const way = field.summary === "at" ? `step ${field.step}` : field.summary;
  return { title: field.key, group: `${kind} · ${way}` };
}
