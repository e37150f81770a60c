/** The tab with the curves of metrics, of all compared runs. */

import { useMemo } from "preact/hooks";
import { InSight } from "@/charts/in_sight";
import { MetricChart } from "@/charts/metric_chart";
import {
  formatRange,
  parseRange,
  parseSmoothing,
  parseXAxis,
  type ChartOptions,
  type Range,
} from "@/charts/options";
import { CurvesTools } from "@/compare/curves_tools";
import { data } from "@/compare/data";
import { mainMetrics } from "@/compare/defaults";
import { MeanChart } from "@/compare/mean_chart";
import { panelsOf, sourcesOf, type Panel } from "@/compare/panels";
import { ColorKeys, useColors, useFields } from "@/compare/points";
import { state, update } from "@/compare/state";
import { parseField } from "@/compare/fields";
import { Empty } from "@/parts/problem";

const FIRST = 6; // metrics
const HEIGHT = 300;
const TALL = 560;

/** The tab. */
export function CurvesTab() {
  const { curves, layout, split, dash, mean, color } = state.value;
  const ids = curves.length ? curves : mainMetrics(FIRST);
  useFields([split, dash, mean, color]);
  const runs = data.runs.value;
  const version = [split, dash, mean].some(Boolean) ? data.version.value : 0;
  const panels = useMemo(
    () => panelsOf(ids.map(parseField), runs, { layout, split }),
    [ids.join(), runs, layout, split, version],
  );
  const { coloring } = useColors(color);
  const height = panels.length === 1 ? TALL : HEIGHT;
  return (
    <>
      <h2 class="hidden">Curves</h2>
      <CurvesTools metrics={ids} />
      {!mean && <ColorKeys coloring={coloring} />}
      {!panels.length && <Empty title="These runs have no metrics" />}
      <div class={panels.length === 1 ? "curves single" : "curves"}>
        {panels.map((panel) => (
          <article key={panel.id} class="curve-panel">
            <InSight height={height}>{() => <Chart panel={panel} height={height} />}</InSight>
          </article>
        ))}
      </div>
    </>
  );
}

function useOptions(): ChartOptions {
  const { along, log, smooth } = state.value;
  return useMemo(
    () => ({
      x: parseXAxis(along),
      logX: log.includes("x"),
      logY: log.includes("y"),
      smoothing: parseSmoothing(smooth),
    }),
    [along, log.join(), smooth],
  );
}

function Chart({ panel, height }: { panel: Panel; height: number }) {
  const { mean, band, zoom, color, dash, log, colors } = state.value;
  const options = useOptions();
  const setZoom = (range: Range | null): void => update({ zoom: formatRange(range) });
  const version = color || dash ? data.version.value : 0;
  const sources = useMemo(
    () => sourcesOf(panel, data.runs.value, { color, dash, log }),
    [panel, color, dash, log.join(), colors.join(), version],
  );
  const shared = { options, height, zoom: parseRange(zoom) ?? null, onZoom: setZoom };
  if (mean) return <MeanChart {...shared} panel={panel} by={mean} band={band} />;
  return <MetricChart {...shared} title={panel.title} sources={sources} sync="compare" />;
}
