/** What is above the curves: which metrics, and how they are drawn. */

import { formatSmoothing, parseSmoothing } from "@/charts/options";
import { parseField } from "@/compare/fields";
import { FieldSelect } from "@/compare/field_select";
import { ColorSelect } from "@/compare/scatter_tab";
import { state, toggledIn, update } from "@/compare/state";
import { Button } from "@/parts/button";
import { Popover } from "@/parts/popover";

/** The row of fields. */
export function CurvesTools({ metrics }: { metrics: readonly string[] }) {
  const { layout, split, mean } = state.value;
  return (
    <div class="tools">
      <FieldSelect
        label="metrics"
        families={["metrics"]}
        isMany
        chosen={metrics}
        onChoose={(id) => update({ curves: toggledIn(metrics, id) })}
      />
      <Button
        aria-pressed={layout === "one"}
        onClick={() => update({ layout: layout === "one" ? "many" : "one" })}
      >
        All in one
      </Button>
      {!mean && <ColorSelect />}
      {!mean && <Choice label="dash" name="dash" none="by metric" />}
      <FieldSelect
        label="split"
        chosen={split ? [split] : []}
        none="no"
        onChoose={(id) => update({ split: id })}
      />
      <Choice label="mean of runs" name="mean" none="no" />
      {mean && <BandSwitch />}
      <AxesPanel metrics={metrics} />
    </div>
  );
}

function Choice({ label, name, none }: { label: string; name: "dash" | "mean"; none: string }) {
  const id = state.value[name];
  return (
    <FieldSelect
      label={label}
      chosen={id ? [id] : []}
      none={none}
      families={["params", "tags", "attributes"]}
      onChoose={(next) => update({ [name]: next })}
    />
  );
}

function BandSwitch() {
  const { band } = state.value;
  return (
    <div class="segments" role="group" aria-label="Band">
      <button
        type="button"
        aria-pressed={band === "deviation"}
        onClick={() => update({ band: "deviation" })}
      >
        ± deviation
      </button>
      <button
        type="button"
        aria-pressed={band === "range"}
        onClick={() => update({ band: "range" })}
      >
        least to greatest
      </button>
    </div>
  );
}

const AXES = [
  ["step", "Step"],
  ["relative", "Time since the start"],
  ["clock", "Clock"],
] as const;

/** Return what can be along x: also the metrics that are drawn. */
function axesOf(metrics: readonly string[]): (readonly [string, string])[] {
  const keys = metrics.map((id) => parseField(id).key);
  return [...AXES, ...keys.map((key) => [`metric:${key}`, `Metric ${key}`] as const)];
}

/** Axes and smoothing of all charts. */
function AxesPanel({ metrics }: { metrics: readonly string[] }) {
  const { along, log } = state.value;
  return (
    <Popover label="Axes" icon="settings">
      {() => (
        <div class="settings">
          <label class="field">
            <span>x</span>
            <select
              value={along || "step"}
              onChange={(event) => {
                const { value } = event.currentTarget;
                update({ along: value === "step" ? "" : value });
              }}
            >
              {axesOf(metrics).map(([id, title]) => (
                <option key={id} value={id}>
                  {title}
                </option>
              ))}
            </select>
          </label>
          {(["x", "y"] as const).map((axis) => (
            <label key={axis} class="field">
              <input
                type="checkbox"
                checked={log.includes(axis)}
                onChange={() => update({ log: toggledIn(log, axis) })}
              />
              <span>Logarithmic {axis}</span>
            </label>
          ))}
          <Smoothing />
        </div>
      )}
    </Popover>
  );
}

const STRENGTH = { none: [0, 0, 1], ema: [0.6, 0, 0.99], gaussian: [5, 1, 100], mean: [9, 3, 200] };
const NAMES = { none: "None", ema: "Exponential", gaussian: "Gaussian", mean: "Running mean" };

function Smoothing() {
  const { kind, amount } = parseSmoothing(state.value.smooth);
  const [, low = 0, high = 1] = STRENGTH[kind];
  return (
    <>
      <label class="field">
        <span>Smoothing</span>
        <select
          value={kind}
          onChange={(event) => {
            const next = event.currentTarget.value as typeof kind;
            update({ smooth: formatSmoothing({ kind: next, amount: STRENGTH[next][0]! }) });
          }}
        >
          {Object.entries(NAMES).map(([id, title]) => (
            <option key={id} value={id}>
              {title}
            </option>
          ))}
        </select>
      </label>
      {kind !== "none" && (
        <label class="field">
          <span>Strength</span>
          <input
            type="range"
            min={low}
            max={high}
            step={kind === "ema" ? 0.01 : 1}
            value={amount}
            onInput={(event) => {
              const next = { kind, amount: Number(event.currentTarget.value) };
              update({ smooth: formatSmoothing(next) }, { replace: true });
            }}
          />
        </label>
      )}
    </>
  );
}
