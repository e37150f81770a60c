/** A chart of means: one curve for all runs that have the same value, with a band. */

import { useMemo } from "preact/hooks";
import { readOutlines } from "@/api/series";
import { LineChart } from "@/charts/line_chart";
import type { ChartOptions, Range } from "@/charts/options";
import { styleAt } from "@/charts/palette";
import { toPoints, type Points } from "@/charts/points";
import type { ChartSeries } from "@/charts/series";
import { meanOfCurves, type Along, type Band } from "@/compare/aggregate";
import { groupsOf, type Panel, type RunGroup } from "@/compare/panels";
import { formatCount } from "@/parts/format";
import { useLoad } from "@/parts/load";
import { Problem, Skeleton } from "@/parts/problem";

interface Props {
  readonly panel: Panel;
  /** The id of the field. */
  readonly by: string;
  readonly band: Band;
  readonly options: ChartOptions;
  readonly zoom: Range | null;
  readonly onZoom: (range: Range | null) => void;
  readonly height: number;
}

const POINTS = 400_000; // of all curves together
const FINEST = 1_000;

/** The chart; the means are over all compared runs, and not over those in sight. */
export function MeanChart(props: Props) {
  const { panel, by, band, options } = props;
  const groups = useMemo(() => groupsOf(panel.runs, by), [panel, by]);
  const names = panel.metrics.flatMap((metric) =>
    panel.runs.map((run) => ({ run: run.id, key: metric.key })),
  );
  const buckets = Math.max(20, Math.min(FINEST, Math.floor(POINTS / 4 / names.length)));
  const found = useLoad((signal) => readOutlines(names, buckets, signal), [panel]);
  const along: Along = options.x === "relative" ? "relative" : "step";
  const series = useMemo(() => {
    const points = new Map(found.value?.map((one) => [`${one.run} ${one.key}`, toPoints(one)]));
    return panel.metrics.flatMap((metric, at) =>
      groups.flatMap((group, place) => {
        const own = group.runs.flatMap((run) => points.get(`${run.id} ${metric.key}`) ?? []);
        const style = styleAt(place + at * groups.length);
        return seriesOf(metric.key, group, own, { along, band, style });
      }),
    );
  }, [found.value, groups, along, band]);
  const waiting = found.error ? <Problem error={found.error} /> : <Skeleton lines={4} />;
  return (
    <LineChart
      {...props}
      title={panel.title}
      options={{ ...options, x: along }}
      series={series}
      sync="compare"
    >
      {found.value ? undefined : <div class="chart-canvas">{waiting}</div>}
    </LineChart>
  );
}

interface Drawn {
  readonly along: Along;
  readonly band: Band;
  readonly style: { readonly color: string; readonly dash: readonly number[] };
}

function seriesOf(
  key: string,
  group: RunGroup,
  points: readonly Points[],
  { along, band, style }: Drawn,
): ChartSeries[] {
  const found = meanOfCurves(points, along, band);
  if (!found.x.length) return [];
  return [
    {
      id: `${key} ${group.name}`,
      run: "",
      key,
      label: `${group.name} (${formatCount(group.runs.length, "run")})`,
      ...style,
      points: { steps: found.x, times: found.x, values: found.mean },
      started: 0,
      band: { low: found.low, high: found.high },
    },
  ];
}
