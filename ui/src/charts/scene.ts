/** What a line chart shows, by its series, settings and zoom. */

import { useMemo, useRef } from "preact/hooks";
import { curveOf, type Curve } from "@/charts/curve";
import type { ChartOptions, Range } from "@/charts/options";
import type { Scene } from "@/charts/plot";
import { rangeOfX, rangeOfY } from "@/charts/ranges";
import type { ChartSeries } from "@/charts/series";

interface Wanted {
  readonly series: readonly ChartSeries[];
  readonly options: ChartOptions;
  readonly zoom: Range | null;
  readonly hidden: ReadonlySet<string>;
  readonly strong: string;
}

/** Return the scene of a chart; a curve is made again only when its series or settings change. */
export function useScene({ series, options, zoom, hidden, strong }: Wanted): Scene {
  const made = useRef(new Map<string, { series: ChartSeries; key: string; curve: Curve }>());
  const { x: axis, smoothing } = options;
  const key = `${axis} ${smoothing.kind} ${smoothing.amount}`;
  const curves = useMemo(() => {
    const next: typeof made.current = new Map();
    for (const one of series) {
      const before = made.current.get(one.id);
      const isSame = before?.series === one && before.key === key;
      next.set(one.id, isSame ? before : { series: one, key, curve: curveOf(one, options) });
    }
    made.current = next;
    return [...next.values()].map((one) => one.curve);
  }, [series, key]);
  const shown = useMemo(
    () => curves.filter((curve) => !hidden.has(curve.series.id)),
    [curves, hidden],
  );
  const { logX, logY } = options;
  const x = useMemo(() => zoom ?? rangeOfX(shown, logX), [shown, logX, zoom?.[0], zoom?.[1]]);
  const [low, high] = options.y ?? [];
  const y = useMemo(() => options.y ?? rangeOfY(shown, x, logY), [shown, x, logY, low, high]);
  return useMemo(() => ({ curves: shown, options, x, y, strong }), [shown, options, x, y, strong]);
}
