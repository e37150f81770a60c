/**
 * The line chart, of one metric or of hundreds of curves.
 *
 * It draws what it is given, and reads nothing; `metric_chart.tsx` is this chart with the requests.
 *
 *     <LineChart
 *       title="loss"
 *       series={[{ id, run, key, label, color, dash, points }]}   // see series.ts
 *       options={{ ...PLAIN, logY: true }}                        // see options.ts
 *       zoom={null}                     // the range of x; null for all
 *       onZoom={(range) => …}           // by dragging, + and -; null by a double click, 0
 *       height={240}                    // of all: head, chart and legend, so that nothing jumps
 *       sync="metrics"                  // charts of the same group share their cursor
 *     />
 *
 * For several runs: the colour by run (`stylesOf` of palette.ts gives a run the same one on every
 * page), the dash by metric or by a param, `group` for headings in the legend. A mean is a series
 * with a `band` of two more columns.
 *
 * `points` may be a sample that keeps the extremes, as the server's outlines are.
 */

import { useSignal, type Signal } from "@preact/signals";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { nameOfX } from "@/charts/axes_text";
import { ChartHead } from "@/charts/chart_head";
import { describe } from "@/charts/describe";
import { pressed } from "@/charts/keys";
import { Legend } from "@/charts/legend";
import type { ChartOptions, Range } from "@/charts/options";
import { keepLook, Plot, type Cursor, type Scene } from "@/charts/plot";
import { exact, Readout } from "@/charts/readout";
import { useScene } from "@/charts/scene";
import type { ChartSeries } from "@/charts/series";
import "uplot/dist/uPlot.min.css";
import "@/charts/charts.css";

export interface LineChartProps {
  readonly title: string;
  readonly series: readonly ChartSeries[];
  readonly options: ChartOptions;
  readonly zoom: Range | null;
  readonly onZoom: (range: Range | null) => void;
  readonly height: number;
  /** The name of the charts that share a cursor. */
  readonly sync?: string;
  /** More buttons in the head. */
  readonly tools?: ComponentChildren;
  /** Beside the title, such as the last value. */
  readonly aside?: ComponentChildren;
  /** In place of the curves, as long as there are none. */
  readonly children?: ComponentChildren;
  /** Return the series with all their points, to be saved; by default those that are drawn. */
  readonly readAll?: () => Promise<readonly ChartSeries[]>;
}

const NONE: ReadonlySet<string> = new Set();

/** The chart with its head and legend. */
export function LineChart(props: LineChartProps) {
  const { title, series, options, zoom, onZoom } = props;
  const [hidden, setHidden] = useState(NONE);
  const [strong, setStrong] = useState("");
  const figure = useRef<HTMLElement>(null);
  const plot = useRef<Plot | null>(null);
  const scene = useScene({ series, options, zoom, hidden, strong });
  return (
    <figure class="chart" ref={figure} style={{ height: `${props.height}px` }}>
      <ChartHead
        {...{ title, zoom, onZoom, figure, plot, scene }}
        {...{ aside: props.aside, tools: props.tools, readAll: props.readAll }}
      />
      {props.children ?? <Canvas {...{ title, scene, plot, onZoom }} sync={props.sync ?? ""} />}
      {series.length > 1 && (
        <Legend {...{ series, hidden }} onHide={setHidden} onPoint={setStrong} />
      )}
    </figure>
  );
}

interface CanvasProps {
  readonly title: string;
  readonly scene: Scene;
  readonly plot: { current: Plot | null };
  readonly sync: string;
  readonly onZoom: (range: Range | null) => void;
}

function Canvas({ title, scene, plot, sync, onZoom }: CanvasProps) {
  const cursor = useSignal<Cursor | null>(null);
  const { place, width } = usePlot({ title, scene, plot, sync, onZoom }, cursor);
  return (
    <div
      class="chart-canvas"
      ref={place}
      tabIndex={0}
      role="application"
      aria-roledescription="chart"
      aria-label={describe(title, scene)}
      onKeyDown={(event) => pressed(event, { plot: plot.current, scene, cursor, onZoom })}
      onBlur={() => (cursor.value = null)}
    >
      <Readout
        {...{ cursor, width }}
        options={scene.options}
        edge={() => place.current?.getBoundingClientRect().left ?? 0}
      />
      <Spoken cursor={cursor} />
      <Captions scene={scene} />
    </div>
  );
}

/** What is along x if it is not the step, and what a logarithmic axis cannot show. */
function Captions({ scene }: { scene: Scene }) {
  const { options, curves } = scene;
  const left = useMemo(
    () =>
      options.logY
        ? curves.some(({ points }) => points.values.some((one) => one <= 0 && one > -Infinity))
        : false,
    [options.logY, curves],
  );
  return (
    <>
      {options.x !== "step" && <small class="chart-x">{nameOfX(options.x)}</small>}
      {left && (
        <small class="chart-note">Values up to 0 are not shown on a logarithmic axis.</small>
      )}
    </>
  );
}

/** Keep a plot in an element; it is made again when the kind of an axis changes. */
function usePlot({ scene, plot, sync, onZoom }: CanvasProps, cursor: Signal<Cursor | null>) {
  const place = useRef<HTMLDivElement>(null);
  const zoomed = useRef(onZoom);
  zoomed.current = onZoom;
  const [width, setWidth] = useState(0);
  const { x, logX, logY } = scene.options;
  useLayoutEffect(() => {
    const element = place.current!;
    const made = new Plot(element, sizeOf(element), scene, sync, {
      onCursor: (now) => (cursor.value = now),
      onZoom: (range) => zoomed.current(range),
    });
    plot.current = made;
    const fit = new ResizeObserver(() => {
      made.resize(sizeOf(element));
      setWidth(element.clientWidth);
    });
    fit.observe(element);
    const stop = keepLook(made);
    return () => {
      plot.current = null;
      cursor.value = null;
      stop();
      fit.disconnect();
      made.destroy();
    };
  }, [x, logX, logY, sync]);
  useLayoutEffect(() => plot.current?.show(scene), [scene]);
  return { place, width };
}

function sizeOf(element: HTMLElement): { width: number; height: number } {
  return { width: Math.max(80, element.clientWidth), height: Math.max(60, element.clientHeight) };
}

/** The point that the keyboard is at, for screen readers. */
function Spoken({ cursor }: { cursor: { value: Cursor | null } }) {
  const hit = cursor.value?.hits[0];
  const text = hit
    ? `${hit.curve.series.label}, step ${hit.curve.points.steps[hit.at]}: ` +
      exact(hit.curve.points.values[hit.at]!)
    : "";
  return (
    <span class="hidden" aria-live="polite">
      {text}
    </span>
  );
}
