/** Sort keys: `-metrics.loss, params.lr`, by several columns. */

export interface SortKey {
  readonly id: string;
  readonly descending: boolean;
}

/** Return the sort keys of a text; commas in quotes are part of a name. */
export function parseSort(text: string): SortKey[] {
  return splitList(text).map((part) => {
    const descending = part.startsWith("-");
    return { id: descending ? part.slice(1).trim() : part, descending };
  });
}

export function formatSort(keys: readonly SortKey[]): string {
  return keys.map((key) => `${key.descending ? "-" : ""}${key.id}`).join(", ");
}

/** Return the keys after a click on a column: down, up, none; with `add` beside the others. */
export function toggled(keys: readonly SortKey[], id: string, add: boolean): SortKey[] {
  const now = keys.find((key) => key.id === id);
  const next = !now
    ? [{ id, descending: true }]
    : now.descending
      ? [{ id, descending: false }]
      : [];
  if (!add) return next;
  return now ? keys.flatMap((key) => (key === now ? next : [key])) : [...keys, ...next];
}

/** Split a list at its commas, except those in quotes, backticks and parentheses. */
export function splitList(text: string): string[] {
  const parts: string[] = [];
  let part = "";
  let quote = "";
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (quote) {
      if (char === "\\") part += char + (text[++at] ?? "");
      else part += char;
      if (char === quote) quote = "";
      continue;
    }
    if (char === '"' || char === "'" || char === "`") quote = char;
    depth += char === "(" ? 1 : char === ")" ? -1 : 0;
    if (char === "," && depth === 0) {
      parts.push(part);
      part = "";
    } else part += char;
  }
  return [...parts, part].map((one) => one.trim()).filter(Boolean);
}
