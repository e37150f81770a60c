/** The colours of the compared runs: the same on all tabs, and chosen by hand where one wants. */

import { computed } from "@preact/signals";
import type { RunRow } from "@/api/types";
import { colorNow } from "@/charts/look";
import { COLORS, styleAt, stylesOf, type LineStyle } from "@/charts/palette";
import { data } from "@/compare/data";
import { state, update } from "@/compare/state";

const chosen = computed(() => {
  const pairs = state.value.colors.map((text) => text.split(":"));
  return new Map(pairs.map(([id = "", place]) => [id, Number(place)]));
});

const styles = computed(() => {
  const found = stylesOf(data.runs.value.map((run) => run.id));
  for (const [id, place] of chosen.value) {
    if (found.has(id) && place >= 0 && place < COLORS.length) {
      found.set(id, { color: COLORS[place]!, dash: [] });
    }
  }
  return found;
});

/** Return how the curves and points of a run look. */
export function styleOf(run: string): LineStyle {
  return styles.value.get(run) ?? styleAt(0);
}

/** Return the colour of a run as the page shows it now. */
export function colorOfRun(run: string): string {
  return colorNow(styleOf(run).color);
}

/** Give a run a colour of the palette; null for the one that it has by itself. */
export function setColor(run: string, place: number | null): void {
  const next = new Map(chosen.value);
  if (place === null) next.delete(run);
  else next.set(run, place);
  update({ colors: [...next].map(([id, at]) => `${id}:${at}`) });
}

const counts = computed(() => {
  const found = new Map<string, number>();
  for (const run of data.runs.value) found.set(run.name, (found.get(run.name) ?? 0) + 1);
  return found;
});

/** Return how a run is called: with the end of its id, where others have the same name. */
export function titleOf(run: RunRow): string {
  const end = run.id.slice(-8);
  if (!run.name) return end;
  return (counts.value.get(run.name) ?? 0) > 1 ? `${run.name} ${end}` : run.name;
}
