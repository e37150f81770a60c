/** All metrics of a run as a table. */

import { useMemo, useState } from "preact/hooks";
import type { MetricSummary } from "@/api/types";
import { Button } from "@/parts/button";
import { formatAge, formatNumber, toNumber } from "@/parts/format";
import { change } from "@/parts/location";
import type { GridColumn } from "@/table/column";
import { Grid } from "@/table/grid";
import { Selection } from "@/table/selection";
import type { SortKey } from "@/table/sorting";
import { addedPanel } from "@/run/metrics/arrange";
import { matcher } from "@/run/metrics/sections";
import { formatPanels, type TabState } from "@/run/metrics/state";
import type { Shown } from "@/run/metrics/tab";

interface Props {
  readonly shown: Shown;
  readonly state: TabState;
}

type Value = (one: MetricSummary) => number | string | null;

const VALUES: Readonly<Record<string, readonly [title: string, value: Value]>> = {
  last: ["Last", (one) => toNumber(one.last)],
  min: ["Min", (one) => toNumber(one.min)],
  max: ["Max", (one) => toNumber(one.max)],
  mean: ["Mean", (one) => toNumber(one.mean)],
  step: ["Step", (one) => one.last_step],
  count: ["Points", (one) => one.count],
  nan: ["NaN", (one) => one.nan_count],
};

/** The table: sorted by any column; chosen metrics can be drawn in one panel. */
export function MetricsTable({ shown, state }: Props) {
  const [sort, setSort] = useState<readonly SortKey[]>([]);
  const [widths, setWidths] = useState<Readonly<Record<string, number>>>({});
  const selection = useMemo(() => new Selection(), []);
  const keys = useMemo(() => shown.keys.filter(matcher(state.find)), [shown.keys, state.find]);
  const rows = useMemo(
    () =>
      sorted(
        keys.map((key) => shown.summaries.get(key)!),
        sort,
      ),
    [keys, shown.summaries, sort],
  );
  const columns = useMemo(() => columnsOf(widths), [widths]);
  const places = useMemo(() => new Map(shown.keys.map((key, at) => [key, at])), [shown.keys]);
  const draw = (chosen: readonly string[]): void => drawChosen(chosen, state);
  return (
    <div class="metrics-table">
      <Chosen keys={[...selection.keys.value].map((at) => shown.keys[at]!)} onDraw={draw} />
      <Grid<MetricSummary>
        label="Metrics"
        {...{ columns, selection, sort }}
        count={rows.length}
        keyAt={(index) => (rows[index] ? places.get(rows[index].key) : undefined)}
        rowAt={(index) => rows[index]}
        version={rows}
        onView={() => undefined}
        onOpen={(one) => draw([one.key])}
        onSort={setSort}
        onResize={(id, width) => setWidths((now) => ({ ...now, [id]: width }))}
        onMove={() => undefined}
        onMenu={() => undefined}
      />
    </div>
  );
}

/** Show the charts: with one metric alone, or with a panel of several. */
function drawChosen(keys: readonly string[], { panels }: TabState): void {
  if (keys.length === 1) change({ look: undefined, find: keys[0] });
  else change({ look: undefined, find: undefined, panels: formatPanels(addedPanel(panels, keys)) });
}

function Chosen({
  keys,
  onDraw,
}: {
  keys: readonly string[];
  onDraw: (k: readonly string[]) => void;
}) {
  return (
    <div class="metrics-chosen" role="status">
      {keys.length ? (
        <>
          {keys.length} chosen
          <Button icon="chart" onClick={() => onDraw(keys)}>
            {keys.length > 1 ? "Draw in one panel" : "Draw"}
          </Button>
        </>
      ) : (
        <span class="muted">Choose metrics to draw them in one panel.</span>
      )}
    </div>
  );
}

function columnsOf(widths: Readonly<Record<string, number>>): GridColumn<MetricSummary>[] {
  const base = { isPinned: false, canSort: true };
  const isWide = window.innerWidth > 600;
  return [
    {
      ...base,
      id: "key",
      title: "Metric",
      width: widths["key"] ?? (isWide ? 300 : 180),
      isNumber: false,
      isPinned: isWide,
      render: (one) => one.key,
      text: (one) => one.key,
    },
    ...Object.entries(VALUES).map(([id, [title, value]]) => ({
      ...base,
      id,
      title,
      width: widths[id] ?? 110,
      isNumber: true,
      render: (one: MetricSummary) => formatValue(value(one)),
      text: (one: MetricSummary) => String(value(one) ?? ""),
    })),
    {
      ...base,
      id: "time",
      title: "Logged",
      width: widths["time"] ?? 120,
      isNumber: false,
      render: (one) => formatAge(one.last_time),
    },
  ];
}

function formatValue(value: number | string | null): string {
  return typeof value === "number" ? formatNumber(value) : (value ?? "");
}

const byName = new Intl.Collator("en", { numeric: true }).compare;

/** Return rows in order; those without a value, or with NaN, come last either way. */
export function sorted(rows: readonly MetricSummary[], keys: readonly SortKey[]): MetricSummary[] {
  const order = keys.map(({ id, descending }) => {
    const value: Value = id === "time" ? (one) => one.last_time : (VALUES[id]?.[1] ?? (() => null));
    const sign = descending ? -1 : 1;
    return id === "key"
      ? (one: MetricSummary, other: MetricSummary) => sign * byName(one.key, other.key)
      : (one: MetricSummary, other: MetricSummary) => compare(value(one), value(other), sign);
  });
  return [...rows].sort((one, other) => {
    for (const compareBy of order) {
      const result = compareBy(one, other);
      if (result) return result;
    }
    return 0;
  });
}

function compare(one: number | string | null, other: number | string | null, sign: number): number {
  const [left, right] = [toValue(one), toValue(other)];
  if (left === null || right === null) return Number(left === null) - Number(right === null);
  return sign * (left === right ? 0 : left < right ? -1 : 1);
}

function toValue(value: number | string | null): number | null {
  return typeof value === "number" && !Number.isNaN(value) ? value : null;
}
