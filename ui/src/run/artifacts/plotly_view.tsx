/** A figure of Plotly, by the build that evaluates no text; it loads nothing from elsewhere. */

import plotly from "plotly.js-strict-dist-min";
import { useEffect, useRef, useState } from "preact/hooks";
import { Problem } from "@/parts/problem";
import { cleanFigure } from "@/run/artifacts/plotly_spec";

const CONFIG = {
  displaylogo: false,
  responsive: true,
  plotlyServerURL: "",
  showSendToCloud: false,
};

/** A figure by its specification, whose configuration is ours alone. */
export function PlotlyFigure({ spec }: { spec: Readonly<Record<string, unknown>> }) {
  const frame = useRef<HTMLDivElement>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    const element = frame.current!;
    const { data, layout, frames } = cleanFigure(spec);
    plotly.newPlot(element, { data, layout, frames, config: CONFIG }).catch(setError);
    return () => plotly.purge(element);
  }, [spec]);
  return (
    <>
      {error ? <Problem error={error} /> : null}
      <div class="figure-frame light" ref={frame} />
    </>
  );
}
