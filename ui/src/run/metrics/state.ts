/** How the metrics of a run are shown: all of it is in the address, and kept for next time. */

import {
  parseRange,
  parseSmoothing,
  parseXAxis,
  type ChartOptions,
  type Range,
} from "@/charts/options";

/** How wide a panel is, in columns; three are the whole width. */
export type Size = 1 | 2 | 3;

/** What one panel has of its own; what is missing is as for all panels. */
export interface PanelSettings {
  /** The metrics of a panel of several. */
  readonly keys?: readonly string[];
  readonly title?: string;
  /** The id of the panel that it was moved behind; empty for the first place. */
  readonly after?: string;
  readonly size?: Size;
  readonly x?: string;
  readonly log?: string;
  readonly smooth?: string;
  readonly y?: string;
  readonly zoom?: string;
}

/** Panels by id: the key of a metric, or `~1`, `~2`, … for panels of several. */
export type Panels = Readonly<Record<string, PanelSettings>>;

/** The state of the tab. */
export interface TabState {
  readonly find: string;
  /** How metrics are put into sections: `first`, `folder`, or a regular expression. */
  readonly by: string;
  /** Sections that are not as they are at first: open, and those of the system folded. */
  readonly turned: ReadonlySet<string>;
  readonly look: "charts" | "table";
  readonly x: string;
  readonly log: string;
  readonly smooth: string;
  readonly panels: Panels;
}

/** The names in the address. */
export const NAMES = ["find", "by", "turned", "look", "x", "log", "smooth", "panels"] as const;

/** Return the state that an address holds. */
export function readState(query: URLSearchParams): TabState {
  const text = (name: string): string => query.get(name) ?? "";
  return {
    find: text("find"),
    by: text("by") || "first",
    turned: new Set(text("turned").split(",").filter(Boolean).map(decoded)),
    look: text("look") === "table" ? "table" : "charts",
    x: text("x") || "step",
    log: text("log"),
    smooth: text("smooth"),
    panels: parsePanels(text("panels")),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // an address that was cut
  }
}

/** Return a set of sections as a text. */
export function formatTurned(sections: ReadonlySet<string>): string {
  return [...sections].map(encodeURIComponent).join(",");
}

function parsePanels(text: string): Panels {
  if (!text) return {};
  try {
    const value: unknown = JSON.parse(text);
    if (value === null || typeof value !== "object" || Array.isArray(value)) return {};
    return Object.fromEntries(
      Object.entries(value).map(([id, one]) => [id, toSettings(one as Record<string, unknown>)]),
    );
  } catch {
    return {};
  }
}

const TEXTS = ["title", "after", "x", "log", "smooth", "y", "zoom"] as const;

/** Return what is valid of settings that may come from anywhere. */
function toSettings(from: Record<string, unknown> | null): PanelSettings {
  const { keys, size } = from ?? {};
  const settings: Record<string, unknown> = {};
  for (const name of TEXTS) if (typeof from?.[name] === "string") settings[name] = from[name];
  if (Array.isArray(keys)) settings["keys"] = keys.filter((key) => typeof key === "string");
  if (size === 1 || size === 2 || size === 3) settings["size"] = size;
  return settings;
}

/** Return panels as a text; empty where none has settings. */
export function formatPanels(panels: Panels): string {
  const used = Object.entries(panels).filter(([, one]) => Object.keys(one).length);
  return used.length ? JSON.stringify(Object.fromEntries(used)) : "";
}

/** Return panels after some settings of one were changed; undefined removes a setting. */
export function withSettings(panels: Panels, id: string, change: PanelSettings): Panels {
  const next = Object.entries({ ...panels[id], ...change }).filter(([, one]) => one !== undefined);
  return { ...panels, [id]: Object.fromEntries(next) };
}

/** Return how a panel is drawn. */
export function optionsOf(state: TabState, panel: PanelSettings): ChartOptions {
  const log = panel.log ?? state.log;
  return {
    x: parseXAxis(panel.x ?? state.x),
    logX: log.includes("x"),
    logY: log.includes("y"),
    smoothing: parseSmoothing(panel.smooth ?? state.smooth),
    y: parseRange(panel.y),
  };
}

/** Return the range of x that a panel shows; null for all. */
export function zoomOf(panel: PanelSettings): Range | null {
  return parseRange(panel.zoom) ?? null;
}
