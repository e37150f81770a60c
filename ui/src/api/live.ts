/** Server-sent events; the browser connects again by itself, and resumes by their ids. */

import { addressOf, type Query } from "@/api/client";
import { isFile } from "@/api/source";

export interface RunsMark {
  readonly newest: number;
  readonly running: number;
  readonly mark: string;
}

/** Follow an event; return how to stop. An exported page has no news. */
export function follow<T>(
  path: string,
  query: Query,
  event: string,
  act: (value: T) => void,
): () => void {
  if (isFile()) return () => undefined;
  const source = new EventSource(addressOf(path, query));
  source.addEventListener(event, (one) => act(JSON.parse((one as MessageEvent<string>).data) as T));
  return () => source.close();
}

/** Follow the changes of all runs. */
export function followRuns(act: (mark: RunsMark) => void): () => void {
  return follow("events", {}, "runs", act);
}
