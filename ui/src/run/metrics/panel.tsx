/** A panel: the chart of a metric, or of several, with its settings. */

import { useMemo, useState } from "preact/hooks";
import type { MetricSummary } from "@/api/types";
import { MetricChart, type Source } from "@/charts/metric_chart";
import { formatRange, type Range } from "@/charts/options";
import { styleAt } from "@/charts/palette";
import { formatNumber, toNumber } from "@/parts/format";
import { setPanel } from "@/run/metrics/actions";
import { useDragging } from "@/run/metrics/dragging";
import { PanelMenu } from "@/run/metrics/panel_menu";
import type { Panel, Section } from "@/run/metrics/sections";
import { optionsOf, zoomOf, type TabState } from "@/run/metrics/state";
import type { Shown } from "@/run/metrics/tab";
import { titleOf } from "@/run/metrics/titles";

interface Props {
  readonly panel: Panel;
  readonly section: Section;
  readonly shown: Shown;
  readonly state: TabState;
  readonly height: number;
}

/** A panel, which can be dragged by its head: beside another, or onto it to draw both in one. */
export function MetricPanel({ panel, section, shown, state, height }: Props) {
  const sources = useSources(panel, shown);
  const { settings } = panel;
  const options = useMemo(
    () => optionsOf(state, settings),
    [state.x, state.log, state.smooth, settings],
  );
  const zoom = (range: Range | null): void =>
    setPanel(panel.id, { zoom: range ? formatRange(range) : undefined });
  const { place, handlers } = useDragging(panel, section);
  const title = settings.title ?? titleOf(panel.keys, section.name);
  const only = panel.keys.length === 1 ? shown.summaries.get(panel.keys[0]!) : undefined;
  return (
    <article class={`metric-panel${place ? ` drop-${place}` : ""}`} {...handlers}>
      <MetricChart
        {...{ title, sources, options, height }}
        zoom={zoomOf(settings)}
        onZoom={zoom}
        sync={`metrics by ${options.x}`}
        aside={only && <Aside summary={only} />}
        tools={<PanelMenu {...{ panel, section, shown, state }} />}
      />
    </article>
  );
}

/** The last value, and what is not a number. */
function Aside({ summary }: { summary: MetricSummary }) {
  const last = toNumber(summary.last) ?? NaN;
  return (
    <>
      {formatNumber(last)}
      {summary.nan_count > 0 && (
        <span class="odd" title={`${summary.nan_count} values are not numbers`}>
          {" "}
          · {summary.nan_count} NaN
        </span>
      )}
    </>
  );
}

/** Return the series of a panel; those of which nothing changed are the same objects. */
function useSources(panel: Panel, shown: Shown): readonly Source[] {
  const [before] = useState(() => new Map<string, Source>());
  const counts = panel.keys.map((key) => shown.summaries.get(key)?.count ?? 0).join();
  const name = panel.keys.join("\n");
  return useMemo(
    () =>
      panel.keys.map((key, at): Source => {
        const count = shown.summaries.get(key)?.count;
        const was = before.get(key);
        const style = styleAt(at);
        if (was && was.count === count && was.color === style.color) return was;
        const { id: run, started } = shown.run;
        const source: Source = { id: key, run, key, label: key, ...style, count, started };
        before.set(key, source);
        return source;
      }),
    [name, counts, shown.run.id],
  );
}
