/** The keys of a comparison in the order in which they are shown: differences first. */

import { data } from "@/compare/data";
import { FAMILIES, type Field, type FieldFamily } from "@/compare/fields";

/** A line of the table of keys: the head of a family, or a key. */
export type Line =
  | { readonly kind: "runs" }
  | { readonly kind: "family"; readonly family: FieldFamily; readonly note: string }
  | { readonly kind: "key"; readonly field: Field; readonly at: number };

export interface KeyChoice {
  readonly find: string;
  readonly isOnlyDifferent: boolean;
}

/** Return the fields of a family that are to be shown, and how many are the same in all runs. */
export function fieldsOf(
  family: FieldFamily,
  fields: readonly Field[],
  choice: KeyChoice,
): { shown: Field[]; same: number; total: number } {
  const words = choice.find.toLowerCase().split(/\s+/).filter(Boolean);
  const own = fields.filter(
    (field) =>
      field.family === family &&
      words.every((word) => field.key.toLowerCase().includes(word)) &&
      data.isUsed(field),
  );
  const same = own.filter((field) => data.differs(field) === false);
  const others = own.filter((field) => data.differs(field) !== false);
  // Keys stay where they are until all are known: nothing may jump below the pointer.
  const isKnown = own.every((field) => data.isRead(field));
  const all = isKnown ? [...others, ...same] : own;
  const shown = choice.isOnlyDifferent ? others : all;
  return { shown, same: same.length, total: own.length };
}

/** Return the lines of the table. */
export function linesOf(fields: readonly Field[], choice: KeyChoice): Line[] {
  const lines: Line[] = [{ kind: "runs" }];
  let at = 0;
  for (const family of FAMILIES) {
    const { shown, same, total } = fieldsOf(family, fields, choice);
    if (!total) continue;
    const note = same ? `${total - same} differ, ${same} the same` : `${total}`;
    lines.push({ kind: "family", family, note });
    for (const field of shown) lines.push({ kind: "key", field, at: at++ });
  }
  return lines;
}
