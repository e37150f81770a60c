/** The arrangement of an experiment's metrics: shared as views, and kept for the next runs. */

import { useLayoutEffect, useRef } from "preact/hooks";
import { listViews } from "@/api/views";
import { readKept, writeKept } from "@/parts/kept";
import { change, location } from "@/parts/location";
import { formatPanels, NAMES, readState, withSettings } from "@/run/metrics/state";

/**
 * Keep the arrangement that the address holds. Where it holds none, start with the kept one, else
 * with the view that the team made its default.
 *
 * A shared address is shown as it is, and kept only once one changes something.
 */
export function useKeptState(experiment: string, query: URLSearchParams): void {
  const first = useRef<URLSearchParams | null>(null);
  useLayoutEffect(() => {
    const name = `metrics.${experiment}`;
    if (first.current === null) {
      first.current = query;
      if (isBare(query)) void start(name, experiment);
    } else if (first.current !== query) writeKept(name, arrangementOf(query));
  }, [query]);
}

function isBare(query: URLSearchParams): boolean {
  return NAMES.every((one) => !query.has(one));
}

async function start(name: string, experiment: string): Promise<void> {
  const kept = readKept<Record<string, string> | null>(name, null);
  if (kept) {
    change(kept, { replace: true });
    return;
  }
  const views = await listViews("run", experiment).catch(() => []);
  const view = views.find((one) => one.is_default);
  if (view && isBare(location.value.query)) openView(view.state, { replace: true });
}

/** Show the arrangement of a view. */
export function openView(state: string, options: { replace?: boolean } = {}): void {
  const saved = JSON.parse(state) as Record<string, unknown>;
  const changes = NAMES.map((name) => [
    name,
    typeof saved[name] === "string" ? saved[name] : undefined,
  ]);
  change(Object.fromEntries(changes), options);
}

/** Return what a view holds: not what one looks for or zooms into just now. */
export function viewOf(query: URLSearchParams): string {
  return JSON.stringify(arrangementOf(query));
}

function arrangementOf(query: URLSearchParams): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of NAMES) {
    const text = name === "panels" ? withoutZoom(query) : query.get(name);
    if (text && name !== "find") kept[name] = text;
  }
  return kept;
}

function withoutZoom(query: URLSearchParams): string {
  let { panels } = readState(query);
  for (const id of Object.keys(panels)) panels = withSettings(panels, id, { zoom: undefined });
  return formatPanels(panels);
}
