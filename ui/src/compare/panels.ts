/** Which curves are drawn in which panel. */

import type { RunRow } from "@/api/types";
import type { Source } from "@/charts/metric_chart";
import { DASHES, type LineStyle } from "@/charts/palette";
import { colorsOf } from "@/charts/ramp";
import { styleOf, titleOf } from "@/compare/colors";
import { data } from "@/compare/data";
import { parseField, type Field } from "@/compare/fields";
import type { CompareState } from "@/compare/state";
import { textOf } from "@/compare/value";

/** A panel: some metrics of some runs. */
export interface Panel {
  readonly id: string;
  readonly title: string;
  readonly metrics: readonly Field[];
  readonly runs: readonly RunRow[];
}

/** Return the panels: one for each metric, or one for all, and for each value of a field. */
export function panelsOf(
  metrics: readonly Field[],
  runs: readonly RunRow[],
  choice: Pick<CompareState, "layout" | "split">,
): Panel[] {
  const parts = choice.layout === "one" ? [metrics] : metrics.map((one) => [one]);
  const groups = choice.split ? groupsOf(runs, choice.split) : [{ name: "", runs }];
  return parts.flatMap((part) =>
    groups.map((group) => {
      const title = part.length === 1 ? part[0]!.key : `${part.length} metrics`;
      return {
        id: `${part.map((one) => one.id).join()} ${group.name}`,
        title: group.name ? `${title} · ${group.name}` : title,
        metrics: part,
        runs: group.runs,
      };
    }),
  );
}

export interface RunGroup {
  readonly name: string;
  readonly runs: readonly RunRow[];
}

const TEXTS = new Intl.Collator("en", { numeric: true });

/** Return runs by their value in a field. */
export function groupsOf(runs: readonly RunRow[], id: string): RunGroup[] {
  const field = parseField(id);
  const groups = new Map<string, RunRow[]>();
  for (const run of runs) {
    const name = `${field.key} = ${textOf(field, data.cell(field, run)) || "none"}`;
    groups.set(name, [...(groups.get(name) ?? []), run]);
  }
  const sorted = [...groups].sort(([one], [other]) => TEXTS.compare(one, other));
  return sorted.map(([name, own]) => ({ name, runs: own }));
}

/** Return the curves of a panel: coloured by run or a field, dashed by metric or a field. */
export function sourcesOf(
  panel: Panel,
  all: readonly RunRow[],
  choice: Pick<CompareState, "color" | "dash" | "log">,
): Source[] {
  const color = colorBy(all, choice.color, choice.log);
  const dash = dashBy(all, choice.dash);
  const hasMany = panel.metrics.length > 1;
  return panel.metrics.flatMap((metric, at) =>
    panel.runs.map((run) => {
      const style = color(run);
      return {
        id: `${run.id} ${metric.id}`,
        run: run.id,
        key: metric.key,
        label: hasMany ? metric.key : titleOf(run),
        ...(hasMany ? { group: titleOf(run) } : {}),
        color: style.color,
        dash: dash?.(run) ?? (hasMany ? DASHES[at % DASHES.length]! : style.dash),
        started: run.started,
      };
    }),
  );
}

function colorBy(
  runs: readonly RunRow[],
  id: string,
  log: readonly string[],
): (run: RunRow) => LineStyle {
  if (!id) return (run) => styleOf(run.id);
  const field = parseField(id);
  const values = runs.map((run) => data.cell(field, run));
  const coloring = colorsOf(values, log.includes(id));
  return (run) => ({ color: coloring.colorOf(data.cell(field, run)), dash: [] });
}

function dashBy(runs: readonly RunRow[], id: string): ((run: RunRow) => readonly number[]) | null {
  if (!id) return null;
  const groups = groupsOf(runs, id);
  const dashes = new Map(
    groups.flatMap((group, at) =>
      group.runs.map((run) => [run.id, DASHES[at % DASHES.length]!] as const),
    ),
  );
  return (run) => dashes.get(run.id) ?? [];
}
