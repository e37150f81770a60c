/** Audio and video in the browser's own player, which reads what it plays. */

import { useState } from "preact/hooks";
import { downloadAddress } from "@/api/artifacts";
import { Problem } from "@/parts/problem";
import type { PreviewProps } from "@/run/artifacts/preview";

const failure = new Error("The browser cannot play this file. Download it.");

/** An audio file. */
export function AudioView(props: PreviewProps) {
  return <Player {...props} element="audio" />;
}

/** A video file. */
export function VideoView(props: PreviewProps) {
  return <Player {...props} element="video" />;
}

function Player({ run, file, element: Element }: PreviewProps & { element: "audio" | "video" }) {
  const [hasFailed, setFailed] = useState(false);
  if (hasFailed) return <Problem error={failure} />;
  return (
    <div class="player">
      <Element
        controls
        preload="metadata"
        src={downloadAddress(run, file.path)}
        aria-label={file.path}
        onError={() => setFailed(true)}
      />
    </div>
  );
}
