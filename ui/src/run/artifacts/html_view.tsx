/** An HTML file in a frame of no origin: without scripts, unless the user asks for them. */

import { useMemo, useState } from "preact/hooks";
import { showAddress } from "@/api/artifacts";
import { isFile } from "@/api/source";
import { Button } from "@/parts/button";
import { Skeleton } from "@/parts/problem";
import { Figure } from "@/run/artifacts/figure";
import { figureIn, type FoundFigure } from "@/run/artifacts/figure_html";
import { modeOf, Modes, type Mode } from "@/run/artifacts/modes";
import { textOf, useBytes, type PreviewProps } from "@/run/artifacts/preview";
import { TextView } from "@/run/artifacts/text_view";

/** The most bytes that are searched for a figure; Plotly itself may be in the file. */
const MOST = 16 * 1024 * 1024;

const PAGE: readonly Mode<"figure" | "page" | "text">[] = [
  { id: "page", title: "Page" },
  { id: "text", title: "Text" },
];
const FIGURE = [{ id: "figure", title: "Figure" } as const, ...PAGE];

/** An HTML file: its figure if it is one, its page, or its text. */
export function HtmlView(props: PreviewProps) {
  const { value, error } = useBytes(props, MOST);
  const figure = useMemo(() => (value ? figureIn(textOf(value)) : null), [value]);
  if (!value && !error) return <Skeleton lines={8} />;
  return <Shown {...props} figure={figure} />;
}

function Shown({ figure, ...props }: PreviewProps & { figure: FoundFigure | null }) {
  const [runs, setRuns] = useState(false); // never in the address: a link must run nothing
  const modes = figure ? FIGURE : PAGE;
  const mode = modeOf(modes);
  return (
    <div class="html-view">
      <div class="preview-bar">
        {mode === "page" && <Note runs={runs} />}
        <span class="space" />
        {mode === "page" && !isFile() && (
          <Button onClick={() => setRuns(!runs)}>
            {runs ? "Stop its scripts" : "Run its scripts"}
          </Button>
        )}
        <Modes modes={modes} />
      </div>
      {mode === "figure" && figure && <Figure kind={figure.kind} spec={figure.spec} />}
      {mode === "text" && <TextView {...props} />}
      {mode === "page" && <Frame {...props} runs={runs} />}
    </div>
  );
}

function Note({ runs }: { runs: boolean }) {
  return (
    <span class="muted">
      {runs
        ? "Its scripts reach neither this page nor the network: libraries have to be in the file."
        : `Shown without scripts; interactive figures need them.${isFile() ? " Download it." : ""}`}
    </span>
  );
}

function Frame({ run, file, runs }: PreviewProps & { runs: boolean }) {
  return (
    <iframe
      key={String(runs)}
      class="frame light"
      title={file.path}
      sandbox={runs ? "allow-scripts" : ""}
      referrerpolicy="no-referrer"
      src={showAddress(run, file.path, runs)}
    />
  );
}
