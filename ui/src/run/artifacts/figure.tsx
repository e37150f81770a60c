/** A figure of Plotly or Vega, whose library is loaded when it is first needed. */

import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Problem, Skeleton } from "@/parts/problem";

/** A figure by its specification. */
export interface FigureProps {
  readonly spec: Readonly<Record<string, unknown>>;
}

/** Whose figure it is. */
export type FigureKind = "plotly" | "vega";

const FIGURES: Record<FigureKind, () => Promise<ComponentType<FigureProps>>> = {
  plotly: () => import("@/run/artifacts/plotly_view").then((one) => one.PlotlyFigure),
  vega: () => import("@/run/artifacts/vega_view").then((one) => one.VegaFigure),
};

/** A figure. */
export function Figure({ kind, spec }: FigureProps & { kind: FigureKind }) {
  const [Found, setFound] = useState<ComponentType<FigureProps> | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    FIGURES[kind]().then((found) => setFound(() => found), setError);
  }, [kind]);
  if (error) return <Problem error={error} />;
  return Found ? <Found spec={spec} /> : <Skeleton lines={8} />;
}
