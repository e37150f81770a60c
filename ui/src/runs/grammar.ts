/** What can come next in a search, at the cursor. */

import type { Family } from "@/api/runs";
import { quoteKey } from "@/runs/fields";

export interface Suggestion {
  readonly text: string;
  readonly note: string;
}

/** What to suggest: fixed words, or keys of a family that contain a text. */
export interface Expected {
  /** Where the word begins that a suggestion replaces. */
  readonly from: number;
  readonly words: readonly Suggestion[];
  readonly keys: { readonly family: Family; readonly text: string } | null;
}

const FIELDS: readonly Suggestion[] = [
  { text: "metrics.", note: "last value of a metric" },
  { text: "params.", note: "parameter" },
  { text: "tags.", note: "tag" },
  { text: "min(metrics.", note: "least value" },
  { text: "max(metrics.", note: "greatest value" },
  { text: "mean(metrics.", note: "mean of all values" },
  { text: "count(metrics.", note: "number of values" },
  { text: "name", note: "of the run" },
  { text: "status", note: "running, finished, failed, …" },
  { text: "started", note: "time" },
  { text: "ended", note: "time" },
  { text: "duration", note: "seconds" },
  { text: "experiment", note: "its name" },
  { text: "user", note: "who started it" },
  { text: "kind", note: "pipeline, script, …" },
  { text: "command", note: "as it was typed" },
  { text: "parent", note: "id of the parent run" },
  { text: "id", note: "of the run" },
  { text: "datasets.name", note: "data that was read or written" },
  { text: "datasets.digest", note: "its version" },
  { text: "not ", note: "" },
];

const suggest = (...texts: string[]): Suggestion[] => texts.map((text) => ({ text, note: "" }));
const OPERATORS = suggest("=", "!=", ">", ">=", "<", "<=", "like", "ilike", "in (", "is null");
const JOINTS = suggest("and ", "or ");
const STATUSES = suggest(
  ...["running", "finished", "failed", "killed", "lost"].map((one) => `"${one}"`),
);

const TOKEN =
  /"(?:\\.|[^"\\])*"?|`[^`]*`?|'(?:\\.|[^'\\])*'?|[A-Za-z_][\w.]*(?:"(?:\\.|[^"\\])*"?)?|-?\d[\w.+-]*|[<>=!]+|[(),]|\S/gs;
const OPERATOR = /^(=|==|!=|<>|<|<=|>|>=|like|ilike)$/i;
const START = /^(and|or|not|\()$/i;

interface Token {
  readonly text: string;
  readonly from: number;
}

/** Return what can stand at the end of the text before the cursor. */
export function expectedAfter(before: string): Expected {
  const tokens: Token[] = [...before.matchAll(TOKEN)].map((one) => ({
    text: one[0],
    from: one.index,
  }));
  const last = tokens.at(-1);
  const isInside = last !== undefined && !/\s$/.test(before) && /[\w."'`]$/.test(last.text);
  const word = isInside ? last : { text: "", from: before.length };
  const done = isInside ? tokens.slice(0, -1) : tokens;
  return expected(
    word,
    done.map((one) => one.text),
  );
}

function expected(word: Token, done: readonly string[]): Expected {
  const last = done.at(-1) ?? "";
  const choose = (words: readonly Suggestion[]): Expected => ({
    from: word.from,
    words: words.filter((one) => isBegun(one.text, word.text)),
    keys: null,
  });
  if (OPERATOR.test(last)) return choose(done.at(-2) === "status" ? STATUSES : []);
  if (!last || START.test(last)) return fieldAt(word, choose(FIELDS));
  const isValue = OPERATOR.test(done.at(-2) ?? "") || /^(null|\))$/i.test(last);
  return choose(isValue ? JOINTS : OPERATORS);
}

function fieldAt(word: Token, plain: Expected): Expected {
  const match = /^(metrics|params|tags)\.(.*)$/s.exec(word.text);
  if (!match) return plain;
  const text = match[2]!.replace(/^["'`]|["'`]$/g, "");
  return { from: word.from, words: [], keys: { family: match[1] as Family, text } };
}

function isBegun(text: string, typed: string): boolean {
  return text !== typed && text.toLowerCase().startsWith(typed.toLowerCase());
}

/** Return the suggestion of a key. */
export function suggestKey(family: Family, name: string, note: string): Suggestion {
  return { text: `${family}.${quoteKey(name)} `, note };
}
