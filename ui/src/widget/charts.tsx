/** The charts of the widget: one for each metric, with a curve for each run. */

import { useRef, useState } from "preact/hooks";
import { InSight } from "@/charts/in_sight";
import { LineChart } from "@/charts/line_chart";
import { PLAIN, type Range } from "@/charts/options";
import { stylesOf, type LineStyle } from "@/charts/palette";
import { toPoints } from "@/charts/points";
import type { ChartSeries } from "@/charts/series";
import { Swatch } from "@/charts/swatch";
import { formatCount, formatNumber } from "@/parts/format";
import type { Shown, ShownRun, ShownSeries } from "@/widget/model";

const HEIGHT = 240;
const LEGEND = 24;

/** The runs and their charts. */
export function Charts({ shown }: { shown: Shown }) {
  const styles = stylesOf(shown.runs.map((run) => run.id));
  const keys = [...new Set(shown.series.map((one) => one.key))];
  const read = useSeries(shown, styles);
  return (
    <>
      <Runs runs={shown.runs} styles={styles} />
      {keys.length === 0 && <p class="muted">No metrics have been logged yet.</p>}
      <div class="widget-charts">
        {keys.map((key) => (
          <Metric key={key} title={key} series={read(key)} />
        ))}
      </div>
      {shown.more > 0 && (
        <p class="muted">
          {`${formatCount(shown.more, "more metric")}: name those to show, metrics=["loss"].`}
        </p>
      )}
    </>
  );
}

interface RunsProps {
  readonly runs: readonly ShownRun[];
  readonly styles: ReadonlyMap<string, LineStyle>;
}

function Runs({ runs, styles }: RunsProps) {
  return (
    <p class="widget-runs">
      {runs.map((run) => (
        <span key={run.id}>
          {runs.length > 1 && <Swatch line={styles.get(run.id)!} />}
          {run.name || run.id} <small class="muted">{run.status}</small>
        </span>
      ))}
    </p>
  );
}

function Metric({ title, series }: { title: string; series: readonly ChartSeries[] }) {
  const [zoom, setZoom] = useState<Range | null>(null);
  const height = HEIGHT + (series.length > 1 ? LEGEND : 0);
  const last = series.length === 1 ? series[0]!.points.values.at(-1) : undefined;
  return (
    <InSight height={height}>
      {() => (
        <LineChart
          {...{ title, series, zoom, height }}
          options={PLAIN}
          onZoom={setZoom}
          sync="widget"
          aside={last === undefined ? undefined : formatNumber(last)}
        />
      )}
    </InSight>
  );
}

/** Return the series of a metric; those that have not grown are the same objects. */
function useSeries(shown: Shown, styles: ReadonlyMap<string, LineStyle>) {
  const made = useRef(new Map<string, ChartSeries>());
  const runs = new Map(shown.runs.map((run) => [run.id, run]));
  const make = (one: ShownSeries): ChartSeries => {
    const id = `${one.run} ${one.key}`;
    const was = made.current.get(id);
    if (was?.count === one.count) return was;
    const run = runs.get(one.run);
    const series: ChartSeries = {
      ...{ id, run: one.run, key: one.key, count: one.count },
      ...styles.get(one.run)!,
      label: runs.size > 1 ? run?.name || one.run : one.key,
      points: toPoints(one),
      started: run?.started,
    };
    made.current.set(id, series);
    return series;
  };
  return (key: string): ChartSeries[] =>
    shown.series.filter((one) => one.key === key).map((one) => make(one));
}
