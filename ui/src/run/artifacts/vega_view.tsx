/** A figure of Vega or Vega-Lite; its expressions are interpreted, and it loads nothing. */

import { useEffect, useRef, useState } from "preact/hooks";
import { parse, View, type Spec } from "vega";
import { expressionInterpreter } from "vega-interpreter";
import { compile, type TopLevelSpec } from "vega-lite";
import { Problem } from "@/parts/problem";
import { refusingLoader } from "@/run/artifacts/vega_loader";

/** A figure by its specification. */
export function VegaFigure({ spec }: { spec: Readonly<Record<string, unknown>> }) {
  const frame = useRef<HTMLDivElement>(null);
  const [error, setError] = useState<unknown>(null);
  const [refused, setRefused] = useState<readonly string[]>([]);
  useEffect(() => {
    let view: View | undefined;
    const refuse = (address: string): void => setRefused((now) => [...now.slice(0, 9), address]);
    try {
      view = draw(spec, frame.current!, refuse);
      view.runAsync().catch(setError);
    } catch (problem) {
      setError(problem);
    }
    return () => view?.finalize();
  }, [spec]);
  return (
    <>
      {error ? <Problem error={error} /> : null}
      {refused.length > 0 && (
        <p class="muted preview-note">
          The figure asks for {refused.join(", ")}: the page loads nothing from elsewhere. Put the
          data into the figure.
        </p>
      )}
      <div class="figure-frame light vega" ref={frame} />
    </>
  );
}

function draw(
  spec: Readonly<Record<string, unknown>>,
  container: HTMLElement,
  refuse: (address: string) => void,
): View {
  const isLite = /vega-lite/.test(String(spec["$schema"]));
  const full = isLite ? compile(spec as unknown as TopLevelSpec).spec : (spec as unknown as Spec);
  return new View(parse(full, undefined, { ast: true }), {
    expr: expressionInterpreter,
    loader: refusingLoader(refuse),
    renderer: "svg",
    container,
    hover: true,
  });
}
