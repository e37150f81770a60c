/** The settings of uPlot: axes, scales, cursor. */

import uPlot from "uplot";
import { formatClock, formatLogTick, formatTick, SECONDS } from "@/charts/axes_text";
import { isNamedTick, logTicks } from "@/charts/log_ticks";
import { look } from "@/charts/look";
import type { ChartOptions } from "@/charts/options";
import { formatDuration } from "@/parts/format";

interface Actions {
  readonly draw: () => void;
  readonly moved: () => void;
  readonly selected: () => void;
  readonly reset: () => void;
}

const FONT = '11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

/** Return the settings of a chart. */
export function plotOptions(
  options: ChartOptions,
  size: { width: number; height: number },
  actions: Actions,
): uPlot.Options {
  return {
    ...size,
    legend: { show: false },
    padding: [8, 12, 0, 4],
    scales: {
      x: { time: options.x === "clock", auto: false, distr: options.logX ? 3 : 1 },
      y: { auto: false, distr: options.logY ? 3 : 1 },
    },
    series: [{}, { scale: "y", points: { show: false } }],
    axes: [xAxis(options), yAxis(options)],
    cursor: {
      y: false,
      points: { show: false },
      drag: { x: true, y: false, setScale: false, dist: 4 },
      bind: { dblclick: () => () => (actions.reset(), null) },
    },
    hooks: {
      draw: [actions.draw],
      setCursor: [actions.moved],
      setSelect: [actions.selected],
    },
  };
}

const axis = (): uPlot.Axis => ({
  stroke: () => look.value.muted,
  font: FONT,
  ticks: { show: false },
  grid: { stroke: () => look.value.line, width: 1 },
});

function xAxis(options: ChartOptions): uPlot.Axis {
  const plain: uPlot.Axis = { ...axis(), size: 26, gap: 4, space: 64 };
  if (options.logX) return { ...plain, splits: logSplits, filter: all, values: logValues };
  if (options.x === "clock") return { ...plain, space: 80, values: clockValues };
  if (options.x !== "relative") return { ...plain, values };
  return {
    ...plain,
    incrs: SECONDS,
    values: (_, splits) => splits.map((one) => (one === 0 ? "0" : formatDuration(one))),
  };
}

function yAxis(options: ChartOptions): uPlot.Axis {
  return {
    ...axis(),
    gap: 6,
    space: (_, _axis, _low, _high, height) => Math.max(32, height / 9),
    size: (_, texts) => 14 + 6.2 * Math.max(3, ...(texts ?? []).map((text) => text.length)),
    ...(options.logY ? { splits: logSplits, filter: all, values: logValues } : { values }),
  };
}

function values(_: uPlot, splits: number[], _axis: number, _space: number, step: number): string[] {
  return splits.map((value) => formatTick(value, step));
}

function clockValues(_: uPlot, splits: number[], _axis: number, _space: number, step: number) {
  return splits.map((value) => formatClock(value, step));
}

function logSplits(_: uPlot, _axis: number, low: number, high: number): number[] {
  return logTicks(low, high);
}

function logValues(_: uPlot, splits: number[]): string[] {
  return splits.map((value) => (isNamedTick(value, splits) ? formatLogTick(value) : ""));
}

function all(_: uPlot, splits: number[]): number[] {
  return splits;
}
