/** Moving panels, and putting several metrics into one. */

import type { Panel } from "@/run/metrics/sections";
import { withSettings, type Panels, type PanelSettings } from "@/run/metrics/state";

/** Return panels after one was moved in its section, before or behind another. */
export function movedPanel(
  panels: Panels,
  section: readonly Panel[],
  id: string,
  target: string,
  isBehind: boolean,
): Panels {
  const before = section.map((one) => one.id);
  const rest = before.filter((one) => one !== id);
  const at = rest.indexOf(target) + (isBehind ? 1 : 0);
  if (id === target || !rest.includes(target)) return panels;
  const after = [...rest.slice(0, at), id, ...rest.slice(at)];
  let next = withSettings(panels, id, { after: after[at - 1] ?? "" });
  for (const [place, one] of after.entries()) {
    // Those that hung behind the moved one, or at the same place, keep the place that they had.
    const hung = next[one]?.after;
    if (one !== id && hung !== undefined && hung !== (after[place - 1] ?? "")) {
      next = withSettings(next, one, { after: after[place - 1] ?? "" });
    }
  }
  return next;
}

/** Return panels with the metrics of two in one, at the place of the second. */
export function mergedPanels(panels: Panels, dragged: Panel, target: Panel): Panels {
  if (dragged.id === target.id) return panels;
  return withMetrics(panels, target, [...target.keys, ...dragged.keys]);
}

/** Return panels after the metrics of one were chosen; one metric alone has the panel it had. */
export function withMetrics(panels: Panels, panel: Panel, keys: readonly string[]): Panels {
  const chosen = [...new Set(keys)];
  const { [panel.id]: own, ...rest } = panels;
  const settings = without(own ?? {}, "keys");
  const others = withoutMetrics(rest, new Set(chosen));
  if (chosen.length === 1) return withSettings(others, chosen[0]!, settings);
  if (chosen.length === 0) return others;
  const id = panel.id.startsWith("~") ? panel.id : freeId(panels);
  return withSettings(renamed(others, panel.id, id), id, { ...settings, keys: chosen });
}

/** Return a panel of some metrics beside the others. */
export function addedPanel(panels: Panels, keys: readonly string[]): Panels {
  const others = withoutMetrics(panels, new Set(keys));
  return withSettings(others, freeId(panels), { keys, size: 2 });
}

/** Take metrics out of panels of several; what is left with none goes. */
function withoutMetrics(panels: Panels, gone: ReadonlySet<string>): Panels {
  const next: Record<string, Panels[string]> = {};
  for (const [id, one] of Object.entries(panels)) {
    const keys = one.keys?.filter((key) => !gone.has(key));
    if (!keys) next[id] = one;
    else if (keys.length > 1) next[id] = { ...one, keys };
  }
  return next;
}

/** Let those that were moved behind a panel follow its new id. */
function renamed(panels: Panels, from: string, to: string): Panels {
  const entries = Object.entries(panels).map(([id, one]) => [
    id,
    one.after === from ? { ...one, after: to } : one,
  ]);
  return Object.fromEntries(entries) as Panels;
}

function without(settings: PanelSettings, name: keyof PanelSettings): PanelSettings {
  return Object.fromEntries(Object.entries(settings).filter(([one]) => one !== name));
}

function freeId(panels: Panels): string {
  let number = 1;
  while (panels[`~${number}`]) number++;
  return `~${number}`;
}
