/** The arrangement of an experiment's metrics, kept in this browser for its next runs. */

import { useEffect, useRef } from "preact/hooks";
import { readKept, writeKept } from "@/parts/kept";
import { change } from "@/parts/location";
import { formatPanels, NAMES, readState, withSettings } from "@/run/metrics/state";

const KEPT = NAMES.filter((name) => name !== "find");

/**
 * Keep the arrangement that the address holds; start with the kept one where the address has none.
 *
 * A shared address is shown as it is, and kept only once one changes something.
 */
export function useKeptState(experiment: string, query: URLSearchParams): void {
  const first = useRef<URLSearchParams | null>(null);
  useEffect(() => {
    const name = `metrics.${experiment}`;
    if (first.current === null) {
      first.current = query;
      const kept = readKept<Record<string, string>>(name, {});
      const isBare = NAMES.every((one) => !query.has(one));
      if (isBare && Object.keys(kept).length) change(kept, { replace: true });
    } else if (first.current !== query) writeKept(name, arrangementOf(query));
  }, [query]);
}

/** Return what is kept: not what one looks for or zooms into just now. */
function arrangementOf(query: URLSearchParams): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of KEPT) {
    const text = name === "panels" ? withoutZoom(query) : query.get(name);
    if (text) kept[name] = text;
  }
  return kept;
}

function withoutZoom(query: URLSearchParams): string {
  let { panels } = readState(query);
  for (const id of Object.keys(panels)) panels = withSettings(panels, id, { zoom: undefined });
  return formatPanels(panels);
}
