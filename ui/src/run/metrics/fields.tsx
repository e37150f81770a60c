/** The fields of settings, for all panels and for one. */

import { useId, useMemo, useState } from "preact/hooks";
import { formatSmoothing, metricOf, parseSmoothing, parseXAxis } from "@/charts/options";
import { NO_SMOOTHING, type Smoothing } from "@/charts/smooth";
import { matcher } from "@/run/metrics/sections";

interface AxisProps {
  readonly value: string;
  /** All metrics, which a text field completes. */
  readonly all: readonly string[];
  readonly onChange: (value: string) => void;
}

const OFFERED = 100;

/** What is along x. */
export function AxisField({ value, all, onChange }: AxisProps) {
  const axis = parseXAxis(value);
  const metric = metricOf(axis);
  const kind = axis.startsWith("metric:") ? "metric" : axis;
  const choose = (event: Event): void => {
    const next = (event.currentTarget as HTMLSelectElement).value;
    onChange(next === "metric" ? `metric:${all[0] ?? ""}` : next);
  };
  return (
    <div class="field">
      <label>
        <span>x axis</span>
        <select aria-label="Along x" value={kind} onChange={choose}>
          <option value="step">Step</option>
          <option value="relative">Time since start</option>
          <option value="clock">Clock time</option>
          <option value="metric">Metric</option>
        </select>
      </label>
      {kind === "metric" && <MetricField {...{ metric, all, onChange }} />}
    </div>
  );
}

interface MetricProps {
  readonly metric: string;
  readonly all: readonly string[];
  readonly onChange: (value: string) => void;
}

function MetricField({ metric, all, onChange }: MetricProps) {
  const [text, setText] = useState(metric);
  const list = useId();
  const offered = useMemo(() => firstOf(all, matcher(text === metric ? "" : text)), [all, text]);
  const read = (key: string): void => {
    setText(key);
    if (key !== metric && all.includes(key)) onChange(`metric:${key}`);
  };
  return (
    <>
      <input
        type="text"
        aria-label="Metric along x"
        list={list}
        value={text}
        onInput={(event) => read(event.currentTarget.value)}
      />
      <datalist id={list}>
        {offered.map((key) => (
          <option key={key} value={key} />
        ))}
      </datalist>
    </>
  );
}

function firstOf(keys: readonly string[], matches: (key: string) => boolean): string[] {
  const found: string[] = [];
  for (const key of keys) {
    if (found.length === OFFERED) break;
    if (matches(key)) found.push(key);
  }
  return found;
}

interface TextProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** Which axes are logarithmic. */
export function LogField({ value, onChange }: TextProps) {
  const toggle = (axis: "x" | "y") => (): void => {
    const [x, y] = (["x", "y"] as const).map((one) => value.includes(one) !== (one === axis)) as [
      boolean,
      boolean,
    ];
    onChange(`${x ? "x" : ""}${y ? "y" : ""}`);
  };
  return (
    <div class="field" role="group" aria-label="Logarithmic axes">
      <span>Log</span>
      {(["x", "y"] as const).map((axis) => (
        <label key={axis} class="check">
          <input type="checkbox" checked={value.includes(axis)} onChange={toggle(axis)} />
          {axis}
        </label>
      ))}
    </div>
  );
}

const STARTS: Record<Smoothing["kind"], Smoothing> = {
  none: NO_SMOOTHING,
  ema: { kind: "ema", amount: 0.6 },
  gaussian: { kind: "gaussian", amount: 5 },
  mean: { kind: "mean", amount: 10 },
};

/** How curves are smoothed, and how much. */
export function SmoothField({ value, onChange }: TextProps) {
  const smoothing = parseSmoothing(value);
  const { kind, amount } = smoothing;
  const choose = (event: Event): void => {
    const next = (event.currentTarget as HTMLSelectElement).value as Smoothing["kind"];
    onChange(formatSmoothing(STARTS[next]));
  };
  const slide = (event: Event): void => {
    const place = Number((event.currentTarget as HTMLInputElement).value);
    onChange(formatSmoothing({ kind, amount: amountAt(kind, place) }));
  };
  return (
    <div class="field">
      <label>
        <span>Smooth</span>
        <select aria-label="Smoothing" value={kind} onChange={choose}>
          <option value="none">None</option>
          <option value="ema">Exponential</option>
          <option value="gaussian">Gaussian</option>
          <option value="mean">Running mean</option>
        </select>
      </label>
      {kind !== "none" && (
        <>
          <input
            type="range"
            aria-label="Amount of smoothing"
            min={0}
            max={100}
            value={placeOf(smoothing)}
            onInput={slide}
          />
          <output>{amount}</output>
        </>
      )}
    </div>
  );
}

/** Return the amount at a place of the slider, from 0 to 100: finer where it matters. */
export function amountAt(kind: Smoothing["kind"], place: number): number {
  if (kind === "ema") return Number((1 - 10 ** ((-3 * place) / 100)).toFixed(3)) || 0.01;
  return Math.max(1, Math.round(2 * 10 ** (2 * (place / 100)) - 1));
}

/** Return the place of the slider for an amount. */
export function placeOf({ kind, amount }: Smoothing): number {
  if (kind === "ema") return Math.round((-100 / 3) * Math.log10(1 - amount));
  return Math.round(50 * Math.log10((amount + 1) / 2));
}
