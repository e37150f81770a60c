/** Audio and video in the browser's own player, which reads what it plays. */

import { useState } from "preact/hooks";
import { downloadAddress } from "@/api/artifacts";
import { Problem } from "@/parts/problem";
import type { PreviewProps } from "@/run/artifacts/preview";

const failure = new Error("The browser cannot play this file. Download it.");

/** An audio file. */
export function AudioView({ run, file }: PreviewProps) {
  const [hasFailed, setFailed] = useState(false);
  if (hasFailed) return <Problem error={failure} />;
  return (
    <div class="player">
      <audio
        controls
        preload="metadata"
        src={downloadAddress(run, file.path)}
        aria-label={file.path}
        onError={() => setFailed(true)}
      />
    </div>
  );
}

/** A video file. */
export function VideoView({ run, file }: PreviewProps) {
  const [hasFailed, setFailed] = useState(false);
  if (hasFailed) return <Problem error={failure} />;
  return (
    <div class="player">
      <video
        controls
        preload="metadata"
        src={downloadAddress(run, file.path)}
        aria-label={file.path}
        onError={() => setFailed(true)}
      />
    </div>
  );
}
