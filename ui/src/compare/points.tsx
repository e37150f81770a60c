/** What the charts of runs have in common: values that are read, selection, and what a tip says. */

import { signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { RunRow } from "@/api/types";
import { setRuns } from "@/compare/chosen";
import { colorOfRun, titleOf } from "@/compare/colors";
import { data } from "@/compare/data";
import { parseField, type Field } from "@/compare/fields";
import { textOf } from "@/compare/value";
import { colorsOf, type Coloring } from "@/charts/ramp";
import { Button } from "@/parts/button";
import { formatCount, type Cell } from "@/parts/format";
import { state, toggledIn, update } from "@/compare/state";

/** Ids of the runs that are selected in a chart. */
export const selected = signal<ReadonlySet<string>>(new Set());

/** Read fields before others, and return them; drawn again as their values arrive. */
export function useFields(ids: readonly string[]): Field[] {
  const key = ids.join();
  const fields = useMemo(() => ids.filter(Boolean).map(parseField), [key]);
  useEffect(() => data.want(fields), [fields, data.runs.value]);
  void data.version.value;
  return fields;
}

/** Return the colour of each run: of its value in a field, or its own. */
export function useColors(id: string): {
  colorOf: (run: RunRow) => string;
  coloring: Coloring | null;
} {
  const version = data.version.value;
  const { log, colors } = state.value;
  return useMemo(() => {
    if (!id) return { colorOf: (run: RunRow) => colorOfRun(run.id), coloring: null };
    const field = parseField(id);
    const coloring = colorsOf(data.values(field), log.includes(id));
    return { colorOf: (run: RunRow) => coloring.colorOf(data.cell(field, run)), coloring };
  }, [id, version, data.runs.value, log.join(), colors.join()]);
}

/** The run and its values in some fields. */
export function RunTip({ id, fields }: { id: string; fields: readonly Field[] }) {
  const run = data.runs.value.find((one) => one.id === id);
  if (!run) return null;
  return (
    <>
      <b>{titleOf(run)}</b>
      {[...new Map(fields.map((field) => [field.id, field])).values()].map((field) => (
        <p key={field.id}>
          <span>{field.key}</span>
          {textOf(field, data.cell(field, run)) || "–"}
        </p>
      ))}
    </>
  );
}

/** What to do with the selected runs. */
export function SelectionActions() {
  const runs = data.runs.value.filter((run) => selected.value.has(run.id));
  if (!runs.length) return null;
  const clear = (): void => {
    selected.value = new Set();
  };
  const keep = (isKept: boolean): void => {
    const ids = data.runs.value.map((run) => run.id);
    setRuns(ids.filter((id) => selected.value.has(id) === isKept));
    clear();
  };
  return (
    <span class="selection-actions" role="group" aria-label="Selected runs">
      <output>{formatCount(runs.length, "run")} selected</output>
      <Button tone="primary" onClick={() => keep(true)}>
        Keep only these
      </Button>
      <Button onClick={() => keep(false)}>Remove</Button>
      <Button onClick={clear}>Clear</Button>
    </span>
  );
}

/** A switch between a linear and a logarithmic axis. */
export function LogSwitch({ id, label }: { id: string; label: string }) {
  const isLog = state.value.log.includes(id);
  const numbers = data.values(parseField(id)).filter((value) => typeof value === "number");
  const canLog = numbers.length > 0 && numbers.every((value: Cell) => Number(value) > 0);
  return (
    <Button
      aria-pressed={isLog}
      disabled={!canLog && !isLog}
      title={canLog ? `Logarithmic ${label}` : "Logarithms need values above zero"}
      onClick={() => update({ log: toggledIn(state.value.log, id) })}
    >
      log
    </Button>
  );
}

/** What the colours of a chart mean. */
export function ColorKeys({ coloring }: { coloring: Coloring | null }) {
  if (!coloring) return null;
  if (coloring.isRange) {
    const [low, high] = coloring.keys;
    return (
      <span class="color-keys">
        {low?.label} <i class="ramp" /> {high?.label}
      </span>
    );
  }
  return (
    <span class="color-keys">
      {coloring.keys.slice(0, 12).map((key) => (
        <span key={key.label}>
          <i style={{ background: key.color }} /> {key.label}
        </span>
      ))}
      {coloring.keys.length > 12 && <span>and {coloring.keys.length - 12} more</span>}
    </span>
  );
}
