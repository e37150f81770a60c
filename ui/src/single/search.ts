/** The few searches that the pages make by themselves, among the runs of the file. */

import { ApiError } from "@/api/client";
import type { ExportedRun } from "@/single/records";

type Test = (run: ExportedRun) => boolean;

const FORMS: readonly [RegExp, (match: RegExpExecArray) => Test][] = [
  [
    /^(id|name|parent|experiment|status|user|kind) *= *("(?:[^"\\]|\\.)*")$/,
    ([, field, text]) => {
      const wanted = textOf(text!);
      return ({ details }) => details.run[field as "id"] === wanted;
    },
  ],
  [
    /^id in \((.*)\)$/,
    ([, list]) => {
      const ids = new Set(JSON.parse(`[${list}]`) as string[]);
      return ({ details }) => ids.has(details.run.id);
    },
  ],
  [
    /^started < ([\d.e+]+)$/,
    ([, time]) =>
      ({ details }) =>
        details.run.started < Number(time),
  ],
  [
    /^datasets\.digest = ("[^"]*")$/,
    ([, digest]) =>
      ({ details }) =>
        details.datasets.some((one) => one.digest === textOf(digest!)),
  ],
  [
    /^id != ("[^"]*")$/,
    ([, id]) =>
      ({ details }) =>
        details.run.id !== textOf(id!),
  ],
];

/** The palette's search for runs by a part of their name or id. */
const FIND = /^name ilike ("%.*%") or id like "%.*%"$/;

function textOf(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\(.)/gs, "$1");
}

/** Return the test of a search. */
export function testOf(where: string): Test {
  const find = FIND.exec(where);
  if (find) return hasText((JSON.parse(find[1]!) as string).slice(1, -1).toLowerCase());
  const parts = where.trim() ? where.trim().split(/ and (?=[a-z.]+ (?:=|!=|<|in) )/) : [];
  const tests = parts.map(testOfPart);
  return (run) => tests.every((test) => test(run));
}

function hasText(text: string): Test {
  return ({ details: { run } }) => run.name.toLowerCase().includes(text) || run.id.includes(text);
}

function testOfPart(text: string): Test {
  for (const [form, make] of FORMS) {
    const match = form.exec(text.trim());
    if (match) return make(match);
  }
  throw new ApiError(
    400,
    "SearchError",
    "An exported page has no search.",
    "Search where the runs are kept: treadle ui, or treadle runs --where.",
  );
}
