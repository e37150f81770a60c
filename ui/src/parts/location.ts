/** The state of the page in its address: `#/runs?where=…`, read and written in one place. */

import { signal } from "@preact/signals";

export interface Location {
  /** The segments of the path, decoded. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

/** Where the page is now. */
export const location = signal<Location>(parse(window.location.hash));

window.addEventListener("hashchange", () => {
  location.value = parse(window.location.hash);
});

/** Return the location that a hash names. */
export function parse(hash: string): Location {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  return {
    path: path.split("/").filter(Boolean).map(decode),
    query: new URLSearchParams(query),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export type Params = Record<string, string | undefined>;

/** Return the link to a location. */
export function linkTo(path: readonly string[], query: Params | URLSearchParams = {}): string {
  const pairs = query instanceof URLSearchParams ? [...query] : Object.entries(query);
  const params = new URLSearchParams();
  for (const [key, value] of pairs) if (value) params.append(key, value);
  const text = params.toString();
  return `#/${path.map(encodeURIComponent).join("/")}${text ? `?${text}` : ""}`;
}

/** Go to a location, by the browser's history. */
export function go(link: string, options: { replace?: boolean } = {}): void {
  if (link === window.location.hash) return;
  if (options.replace) history.replaceState(history.state, "", link);
  else history.pushState(null, "", link);
  location.value = parse(link);
}

/** Change parameters of the location; empty ones are removed. */
export function change(changes: Params, options: { replace?: boolean } = {}): void {
  const query = new URLSearchParams(location.value.query);
  for (const [key, value] of Object.entries(changes)) {
    if (value) query.set(key, value);
    else query.delete(key);
  }
  go(linkTo(location.value.path, query), options);
}
