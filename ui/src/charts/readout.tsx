/** The values at the cursor of a chart, beside it. */

import type { Signal } from "@preact/signals";
import { formatX, nameOfX } from "@/charts/axes_text";
import { colorNow } from "@/charts/look";
import type { ChartOptions } from "@/charts/options";
import type { Cursor, Hit } from "@/charts/plot";
import { Swatch } from "@/charts/swatch";
import { formatMoment } from "@/parts/format";

const MOST = 8;
const WIDE = 340;

interface Props {
  readonly cursor: Signal<Cursor | null>;
  readonly options: ChartOptions;
  readonly width: number;
  /** Return how far the chart is from the left edge of the window. */
  readonly edge: () => number;
}

/** The exact values of the curves closest to the cursor. */
export function Readout({ cursor, options, width, edge }: Props) {
  const now = cursor.value;
  if (!now?.hits.length) return null;
  const hits = now.hits.slice(0, now.isOwn ? MOST : 1);
  const isLeft = now.left + edge() + WIDE > window.innerWidth;
  const place = isLeft ? { right: `${width - now.left + 12}px` } : { left: `${now.left + 12}px` };
  return (
    <>
      {hits.map((hit) => (
        <Dot key={hit.curve.series.id} hit={hit} />
      ))}
      {!now.isOwn && now.hits.length === 1 && (
        <small class="chart-at">{rounded(hits[0]!.curve.points.values[hits[0]!.at]!)}</small>
      )}
      {now.isOwn && (
        <div class="readout" style={place}>
          <Where hit={hits[0]!} options={options} />
          {hits.map((hit) => (
            <Value key={hit.curve.series.id} {...{ hit, options }} isOnly={now.hits.length === 1} />
          ))}
          {now.hits.length > hits.length && (
            <p class="muted">and {now.hits.length - hits.length} more</p>
          )}
        </div>
      )}
    </>
  );
}

function Where({ hit, options }: { hit: Hit; options: ChartOptions }) {
  const { curve, at } = hit;
  const step = `step ${exact(curve.points.steps[at]!)}`;
  const x = `${nameOfX(options.x)} ${formatX(curve.x[at]!, options.x)}`;
  return (
    <p class="muted">
      {options.x === "step" || options.x === "clock" ? step : `${step}, ${x}`}
      {curve.series.run && <span>{formatMoment(curve.points.times[at]!)}</span>}
    </p>
  );
}

interface ValueProps {
  readonly hit: Hit;
  readonly options: ChartOptions;
  readonly isOnly: boolean;
}

function Value({ hit, options, isOnly }: ValueProps) {
  const { curve, at } = hit;
  const { series } = curve;
  const raw = curve.points.values[at]!;
  return (
    <p>
      <Swatch line={series} />
      {!isOnly && <span class="key">{series.label}</span>}
      <b>{exact(raw)}</b>
      {options.smoothing.kind !== "none" && <small class="muted">~{rounded(curve.y[at]!)}</small>}
      {curve.low && curve.high && (
        <small class="muted">
          {rounded(curve.low[at]!)} … {rounded(curve.high[at]!)}
        </small>
      )}
    </p>
  );
}

function Dot({ hit }: { hit: Hit }) {
  if (!Number.isFinite(hit.top) || !Number.isFinite(hit.left)) return null;
  const style = {
    left: `${hit.left}px`,
    top: `${hit.top}px`,
    background: colorNow(hit.curve.series.color),
  };
  return <i class="chart-dot" style={style} aria-hidden="true" />;
}

/** Return a number with all its digits. */
export function exact(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  return String(value).replace(/^-/, "−");
}

function rounded(value: number): string {
  return Number.isFinite(value) ? value.toPrecision(5) : exact(value);
}
