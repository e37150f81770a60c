/** Figures in HTML files that Plotly, MLflow and Altair write: their libraries are elsewhere. */

import { isPlotly, isVega, parseJson } from "@/run/artifacts/json";

/** A figure by its specification. */
export interface FoundFigure {
  readonly kind: "plotly" | "vega";
  readonly spec: Readonly<Record<string, unknown>>;
}

/** Return the figure of a page that shows nothing else; null if it shows more, or none. */
export function figureIn(html: string): FoundFigure | null {
  const figure = plotlyIn(html) ?? vegaIn(html);
  return figure && proseIn(html) < MOST_PROSE ? figure : null;
}

const MOST_PROSE = 200; // characters beside the figure, such as a title
const MOST_CALLS = 20; // each may be read to the end of the file
const DRAW = "Plotly.newPlot(";

function plotlyIn(html: string): FoundFigure | null {
  const found: FoundFigure[] = [];
  // The library itself is in some of the files, and speaks of the call, too.
  let at = html.indexOf(DRAW);
  for (let calls = 0; at >= 0 && calls < MOST_CALLS; calls++, at = html.indexOf(DRAW, at + 1)) {
    const [, data, layout] = argumentsFrom(html, at + DRAW.length, 3);
    const spec = { data, layout: layout ?? {} };
    if (isPlotly(spec)) found.push({ kind: "plotly", spec });
    if (found.length > 1) return null;
  }
  return found[0] ?? null;
}

/** Return the number of characters outside of tags, scripts and styles. */
function proseIn(html: string): number {
  let count = 0;
  let at = 0;
  while (at < html.length && count < MOST_PROSE) {
    const tag = html.indexOf("<", at);
    count += html.slice(at, tag < 0 ? html.length : tag).trim().length;
    if (tag < 0) break;
    const name = /^<(script|style|title)\b/i.exec(html.slice(tag, tag + 10))?.[1];
    const end = html.indexOf(name ? `</${name}` : ">", tag + 1);
    if (end < 0) break;
    at = end + (name ? 0 : 1);
  }
  return count;
}

function vegaIn(html: string): FoundFigure | null {
  const at = html.search(/\bspec\s*=\s*\{/);
  if (at < 0) return null;
  const [spec] = argumentsFrom(html, html.indexOf("{", at), 1);
  return isVega(spec) ? { kind: "vega", spec } : null;
}

/** Return the values of JSON from a position on, separated by commas. */
function argumentsFrom(text: string, begin: number, count: number): unknown[] {
  const values: unknown[] = [];
  let at = begin;
  while (values.length < count) {
    while (/[\s,]/.test(text[at] ?? "")) at++;
    const end = endOf(text, at);
    if (end <= at) return values;
    try {
      values.push(parseJson(text.slice(at, end)));
    } catch {
      return values;
    }
    at = end;
  }
  return values;
}

/** Return where a text, a list or an object ends. */
function endOf(text: string, begin: number): number {
  let depth = 0;
  for (let at = begin; at < text.length; at++) {
    const one = text[at]!;
    if (one === '"') {
      for (at++; at < text.length && text[at] !== '"'; at++) if (text[at] === "\\") at++;
    } else if (one === "{" || one === "[") depth++;
    else if (one === "}" || one === "]") depth--;
    else if (depth === 0) return begin;
    if (depth === 0) return at + 1;
  }
  return begin;
}
