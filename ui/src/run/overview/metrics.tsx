/** The main metrics of a run: the last, the least and the greatest value of each. */

import { useMemo } from "preact/hooks";
import type { MetricSummary, RunDetails } from "@/api/types";
import { readOutlines } from "@/api/series";
import { Sparkline } from "@/charts/sparkline";
import { formatNumber, toNumber } from "@/parts/format";
import { Link } from "@/parts/link";
import { useLoad } from "@/parts/load";
import type { Baseline } from "@/run/baseline";
import { Section } from "@/run/section";
import { shortId } from "@/run/short";
import { tabLink } from "@/run/tabs";

const MOST = 16;
const SYSTEM = /^system\//;

/** Return the metrics to show first: those of the model, not those of the machine. */
export function mainMetrics(all: readonly MetricSummary[], most = MOST): MetricSummary[] {
  const own = all.filter((one) => !SYSTEM.test(one.key));
  const depth = (one: MetricSummary): number => one.key.split("/").length;
  return [...own].sort((a, b) => depth(a) - depth(b)).slice(0, most);
}

/** The table of the main metrics. */
export function MainMetrics({ details, baseline }: { details: RunDetails; baseline: Baseline }) {
  const { run, metrics } = details;
  const shown = useMemo(() => mainMetrics(metrics), [metrics]);
  const curves = useCurves(run.id, shown);
  const hasCurves = shown.some((one) => one.count > 1);
  const others = useMemo(
    () => new Map(baseline.other?.metrics.map((one) => [one.key, one.last])),
    [baseline.other],
  );
  if (!metrics.length) return null;
  const origins = originsOf(details);
  const isAll = metrics.length === shown.length;
  const link = (
    <Link to={tabLink(run.id, "metrics")}>
      {isAll ? "As charts" : `All ${formatNumber(metrics.length)} as charts`}
    </Link>
  );
  return (
    <Section title="Metrics" actions={link}>
      <div class="scroll">
        <table class="run-sheet">
          <Titles isCompared={baseline.other !== undefined} hasCurves={hasCurves} />
          <tbody>
            {shown.map((one) => (
              <Row
                key={one.key}
                metric={one}
                run={run.id}
                origin={origins.get(one.key)}
                other={others.get(one.key)}
                curve={hasCurves ? (curves.get(one.key) ?? []) : undefined}
              />
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

/** Return the runs that metrics of reused nodes are from, by their names. */
function originsOf({ reused }: RunDetails): Map<string, string> {
  return new Map(
    reused.flatMap((one) => (one.kind === "metric" ? [[one.name, one.origin] as const] : [])),
  );
}

function Titles({ isCompared, hasCurves }: { isCompared: boolean; hasCurves: boolean }) {
  return (
    <thead>
      <tr>
        <th>name</th>
        <th class="number">last</th>
        {isCompared ? <th class="number">change</th> : <td />}
        <th class="number">min</th>
        <th class="number">max</th>
        {hasCurves && (
          <th class="curve">
            <span class="hidden">curve</span>
          </th>
        )}
      </tr>
    </thead>
  );
}

interface RowProps {
  readonly metric: MetricSummary;
  readonly run: string;
  readonly origin: string | undefined;
  readonly other: number | undefined;
  readonly curve: readonly number[] | undefined;
}

function Row({ metric, run, origin, other, curve }: RowProps) {
  return (
    <tr>
      <td>
        <Link to={tabLink(run, "metrics", { find: metric.key })}>{metric.key}</Link>
        <Origin id={origin} />
      </td>
      <td class="number strong">{text(metric.last)}</td>
      <td class="number muted">{deltaText(metric.last, other)}</td>
      <td class="number">{text(metric.min)}</td>
      <td class="number">{text(metric.max)}</td>
      {curve && (
        <td class="curve">
          <Sparkline values={curve} width={96} height={20} />
        </td>
      )}
    </tr>
  );
}

function Origin({ id }: { id: string | undefined }) {
  if (!id) return null;
  return (
    <small class="muted" title={`Logged by a node of run ${id} that was reused`}>
      {` from ${shortId(id)}`}
    </small>
  );
}

function text(value: number | null): string {
  const number = toNumber(value);
  return number === null ? "" : formatNumber(number);
}

/** Return how a value differs from another one, with its sign. */
export function deltaText(value: number, other: number | undefined): string {
  const [now, base] = [toNumber(value), toNumber(other)];
  if (now === null || base === null || Number.isNaN(now - base)) return "";
  if (now === base) return "=";
  return `${now > base ? "+" : ""}${formatNumber(now - base)}`;
}

const NONE: ReadonlyMap<string, readonly number[]> = new Map();

/** Read the shapes of metrics with more than one point. */
function useCurves(run: string, shown: readonly MetricSummary[]) {
  const series = shown.flatMap((one) => (one.count > 1 ? [{ run, key: one.key }] : []));
  const version = shown.map((one) => one.count).join();
  const load = async (signal: AbortSignal): Promise<ReadonlyMap<string, readonly number[]>> => {
    if (!series.length) return NONE;
    const found = await readOutlines(series, 24, signal);
    return new Map(
      found.map((one) => [one.key, one.values.map((value) => toNumber(value) ?? NaN)]),
    );
  };
  return useLoad(load, [run, version]).value ?? NONE;
}
