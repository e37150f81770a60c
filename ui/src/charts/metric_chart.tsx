/** The line chart of metrics that are read from the server: live, and finer where one zooms in. */

import { useEffect, useMemo, useReducer, useRef } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { readSeries } from "@/api/series_points";
import { curveOf, unitOfSeries, within } from "@/charts/curve";
import { LineChart } from "@/charts/line_chart";
import { metricOf, type ChartOptions, type Range } from "@/charts/options";
import { toPoints } from "@/charts/points";
import { SeriesReader } from "@/charts/reader";
import type { ChartSeries } from "@/charts/series";
import { reachOf } from "@/charts/smooth";
import { Button } from "@/parts/button";
import { Problem, Skeleton } from "@/parts/problem";

/** A series to read and to draw; `count` grows while it is live. */
export type Source = Omit<ChartSeries, "points" | "along" | "extent">;

interface Props {
  readonly title: string;
  readonly sources: readonly Source[];
  readonly options: ChartOptions;
  readonly zoom: Range | null;
  readonly onZoom: (range: Range | null) => void;
  readonly height: number;
  readonly sync?: string;
  readonly tools?: ComponentChildren;
  readonly aside?: ComponentChildren;
}

/** A chart of some metrics, of one run or of several. */
export function MetricChart(props: Props) {
  const { sources, options, zoom } = props;
  const { series, reader, retry } = useSeries(sources, options, zoom);
  const isReady = sources.some((one) => reader.has(one));
  const problem = reader.error !== null && !isReady && (
    <div class="chart-canvas">
      <Problem error={reader.error} />
      <Button icon="refresh" onClick={retry}>
        Try again
      </Button>
    </div>
  );
  const waiting = !isReady && (
    <div class="chart-canvas">
      <Skeleton lines={4} />
    </div>
  );
  return (
    <LineChart {...props} series={series} readAll={() => readAll(series)}>
      {problem || waiting || undefined}
    </LineChart>
  );
}

/**
 * Return how finely to read: the more curves, the fewer points each needs.
 *
 * Of 128 buckets the server reads those of a series of 100,000 points as they are stored.
 */
export function bucketsFor(count: number): number {
  if (count <= 10) return 500;
  return count <= 40 ? 300 : 128;
}

function useSeries(sources: readonly Source[], options: ChartOptions, zoom: Range | null) {
  const [version, redraw] = useReducer((turn: number) => turn + 1, 0);
  const held = useRef<SeriesReader | null>(null);
  const reader = (held.current ??= new SeriesReader(() => redraw(undefined)));
  useEffect(() => () => reader.close(), []);
  const whole = useSame(sources, version, (one) => drawn(one, reader, options, false));
  const steps = useMemo(
    () => (zoom ? stepsWithin(whole, options, zoom) : null),
    [whole, options, zoom?.[0], zoom?.[1]],
  );
  const known = useRef<Range | null>(null);
  if (!zoom) known.current = null;
  else if (steps && !isWithin(steps, known.current)) known.current = steps;
  const part = known.current;
  useEffect(() => {
    const along = metricOf(options.x);
    const others = along ? [...new Set(sources.map((one) => one.run))] : [];
    const all = [...sources, ...others.map((run) => ({ run, key: along }))];
    reader.want(all, bucketsFor(sources.length), part);
  }, [sources, options.x, part?.[0], part?.[1], version]);
  const fine = useSame(sources, version, (one) => drawn(one, reader, options, true));
  return { series: zoom ? fine : whole, reader, retry: () => (reader.retry(), redraw(undefined)) };
}

/** Whether a range is the one before, or so much of it that reading it again shows no more. */
function isWithin(range: Range, before: Range | null): boolean {
  if (!before) return false;
  const share = (range[1] - range[0]) / (before[1] - before[0] || 1);
  return range[0] >= before[0] && range[1] <= before[1] && share > 0.95;
}

/** Return a series with its points; the one before if nothing changed, so that no curve is new. */
function drawn(
  source: Source,
  reader: SeriesReader,
  options: ChartOptions,
  isFine: boolean,
): ChartSeries {
  const points = reader.pointsOf(source, isFine);
  const along = metricOf(options.x);
  const { steps, times } = reader.pointsOf(source, false);
  return {
    ...source,
    points,
    extent: [steps[0] ?? 0, steps.at(-1) ?? 0],
    started: Math.min(source.started ?? Infinity, times[0] ?? Infinity), // some set times by hand
    along: along ? reader.pointsOf({ run: source.run, key: along }, isFine) : undefined,
  };
}

/** Return the series of sources; those whose points are the same stay the same objects. */
function useSame(
  sources: readonly Source[],
  version: number,
  make: (source: Source) => ChartSeries,
): readonly ChartSeries[] {
  const before = useRef(new Map<string, { source: Source; series: ChartSeries }>());
  const list = useRef<readonly ChartSeries[]>([]);
  void version;
  const next: typeof before.current = new Map();
  for (const source of sources) {
    const was = before.current.get(source.id);
    const series = make(source);
    const isSame =
      was?.source === source &&
      was.series.points === series.points &&
      was.series.along === series.along;
    next.set(source.id, isSame ? was : { source, series });
  }
  before.current = next;
  const all = [...next.values()].map((one) => one.series);
  const isSame =
    all.length === list.current.length && all.every((one, at) => one === list.current[at]);
  if (!isSame) list.current = all;
  return list.current;
}

/** Return the steps that a range of x covers, and as many around as smoothing needs. */
function stepsWithin(
  series: readonly ChartSeries[],
  options: ChartOptions,
  zoom: Range,
): Range | null {
  let [first, last, reach] = [Infinity, -Infinity, 0];
  for (const one of series) {
    const curve = curveOf(one, { ...options, smoothing: { kind: "none", amount: 0 } });
    const [begin, end] = within(curve, zoom);
    for (let at = begin; at < end; at++) {
      if (!curve.isSorted && !(curve.x[at]! >= zoom[0] && curve.x[at]! <= zoom[1])) continue;
      first = Math.min(first, curve.points.steps[at]!);
      last = Math.max(last, curve.points.steps[at]!);
    }
    reach = Math.max(reach, reachOf(options.smoothing, unitOfSeries(one, one.points.steps)));
  }
  if (first > last) return null;
  return [Math.floor(first - reach), Math.ceil(last + reach)];
}

async function readAll(series: readonly ChartSeries[]): Promise<readonly ChartSeries[]> {
  return Promise.all(
    series.map(async (one) => ({ ...one, points: toPoints(await readSeries(one)) })),
  );
}
