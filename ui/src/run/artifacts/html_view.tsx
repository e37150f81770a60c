/** An HTML file in a frame of no origin: without scripts, unless the user asks for them. */

import { useState } from "preact/hooks";
import { showAddress } from "@/api/artifacts";
import { Button } from "@/parts/button";
import type { PreviewProps } from "@/run/artifacts/preview";
import { TextView } from "@/run/artifacts/text_view";

type Mode = "page" | "scripts" | "text";

/** An HTML file as a page, or its text. */
export function HtmlView(props: PreviewProps) {
  const { run, file } = props;
  const [mode, setMode] = useState<Mode>("page");
  const runs = mode === "scripts";
  return (
    <div class="html-view">
      <div class="preview-bar">
        <span class="muted">
          {runs
            ? "Its scripts run in a frame that reaches neither this page nor the network."
            : "Shown without scripts; interactive figures need them."}
        </span>
        <span class="space" />
        {mode === "page" && <Button onClick={() => setMode("scripts")}>Run its scripts</Button>}
        {runs && <Button onClick={() => setMode("page")}>Stop its scripts</Button>}
        <Button
          aria-pressed={mode === "text"}
          onClick={() => setMode(mode === "text" ? "page" : "text")}
        >
          Text
        </Button>
      </div>
      {mode === "text" ? (
        <TextView {...props} />
      ) : (
        <iframe
          key={mode}
          class="frame light"
          title={file.path}
          sandbox={runs ? "allow-scripts" : ""}
          referrerpolicy="no-referrer"
          src={showAddress(run, file.path, runs)}
        />
      )}
    </div>
  );
}
