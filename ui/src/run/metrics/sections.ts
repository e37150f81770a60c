/** The metrics of a run in sections, and their panels in order. */

import type { Panels, PanelSettings, Size } from "@/run/metrics/state";

/** A panel with its metrics, of which the run has at least one. */
export interface Panel {
  readonly id: string;
  readonly keys: readonly string[];
  readonly settings: PanelSettings;
  readonly size: Size;
}

/** Panels under a heading. */
export interface Section {
  readonly name: string;
  readonly panels: readonly Panel[];
  readonly count: number;
  readonly isSystem: boolean;
}

/** The name of the section of metrics without a prefix. */
export const PLAIN_SECTION = "metrics";
/** The name of the section of panels whose metrics are from several sections. */
export const MIXED_SECTION = "panels";
const SYSTEM = "system";

/** Return whether a metric has all words of a search. */
export function matcher(find: string): (key: string) => boolean {
  const words = find.toLowerCase().split(/\s+/).filter(Boolean);
  return (key) => {
    const text = key.toLowerCase();
    return words.every((word) => text.includes(word));
  };
}

/** Return the function from a metric to the name of its section. */
export function sectioner(by: string): (key: string) => string {
  if (by === "first") return (key) => key.slice(0, Math.max(0, key.indexOf("/"))) || PLAIN_SECTION;
  if (by === "folder") {
    return (key) => key.slice(0, Math.max(0, key.lastIndexOf("/"))) || PLAIN_SECTION;
  }
  const pattern = patternOf(by);
  if (!pattern) return () => PLAIN_SECTION;
  return (key) => {
    const found = pattern.exec(key);
    return found ? (found[1] ?? found[0]) || PLAIN_SECTION : "others";
  };
}

/** Return the regular expression of a text; null if it is not one. */
export function patternOf(text: string): RegExp | null {
  try {
    return new RegExp(text);
  } catch {
    return null;
  }
}

const order = new Intl.Collator("en", { numeric: true }).compare;

/** Return the sections of metrics: those without a prefix first, the system's last. */
export function sectionsOf(
  keys: readonly string[],
  panels: Panels,
  options: { find: string; by: string },
): Section[] {
  const known = new Set(keys);
  const matches = matcher(options.find);
  const sectionOf = sectioner(options.by);
  const taken = new Set(Object.values(panels).flatMap((one) => one.keys ?? []));
  const all: Panel[] = [];
  for (const [id, settings] of Object.entries(panels)) {
    const own = settings.keys?.filter((key) => known.has(key));
    if (own?.some(matches)) all.push({ id, keys: own, settings, size: settings.size ?? 1 });
  }
  for (const key of keys) {
    if (taken.has(key) || !matches(key)) continue;
    const settings = panels[key] ?? {};
    all.push({ id: key, keys: [key], settings, size: settings.size ?? 1 });
  }
  const groups = new Map<string, Panel[]>();
  for (const panel of all) {
    const first = sectionOf(panel.keys[0]!);
    const isMixed = panel.keys.some((key) => sectionOf(key) !== first);
    const name = isMixed ? MIXED_SECTION : first;
    const group = groups.get(name);
    if (group) group.push(panel);
    else groups.set(name, [panel]);
  }
  return [...groups].map(([name, group]) => toSection(name, group)).sort(byPlace);
}

function toSection(name: string, panels: Panel[]): Section {
  const isSystem = panels.every((one) => one.keys[0]!.startsWith(`${SYSTEM}/`));
  const count = panels.reduce((sum, one) => sum + one.keys.length, 0);
  return { name, panels: arranged(panels), count, isSystem };
}

function byPlace(one: Section, other: Section): number {
  if (one.isSystem !== other.isSystem) return one.isSystem ? 1 : -1;
  for (const first of [MIXED_SECTION, PLAIN_SECTION]) {
    if ((one.name === first) !== (other.name === first)) return one.name === first ? -1 : 1;
  }
  return order(one.name, other.name);
}

/** Return panels by name, and behind others those that were moved there. */
function arranged(panels: Panel[]): Panel[] {
  const sorted = panels.sort((one, other) => order(one.keys[0]!, other.keys[0]!));
  const result = sorted.filter((one) => one.settings.after === undefined);
  const moved = sorted.filter((one) => one.settings.after !== undefined);
  for (let turns = moved.length; moved.length && turns >= 0; turns--) {
    for (const one of [...moved]) {
      const { after } = one.settings;
      const at = after === "" ? 0 : result.findIndex((other) => other.id === after) + 1;
      if (after !== "" && at === 0 && turns > 0) continue; // perhaps behind one of the others
      result.splice(after === "" || at ? at : result.length, 0, one);
      moved.splice(moved.indexOf(one), 1);
    }
  }
  return result;
}
