/** One key of the gallery at a step: an image, a sound or a text. */

import { useState } from "preact/hooks";
import { downloadAddress, readBlock } from "@/api/artifacts";
import type { MediaSeries } from "@/api/media";
import { Link } from "@/parts/link";
import { useLoad } from "@/parts/load";
import { linkTo, location } from "@/parts/location";
import { itemAt } from "@/run/media/series";

interface Props {
  readonly run: string;
  readonly series: MediaSeries;
  readonly step: number;
}

/** A card with the file that was logged last before a step. */
export function MediaCard({ run, series, step }: Props) {
  const item = itemAt(series, step);
  return (
    <figure class={`media-card ${series.kind}`}>
      <figcaption>
        <b title={series.key}>{series.key}</b>
        {item && (
          <Link to={linkTo(location.value.path, { file: item.path })} title="Open the file">
            step {item.step.toLocaleString("en")}
          </Link>
        )}
      </figcaption>
      {item ? (
        <MediaContent run={run} path={item.path} kind={series.kind} name={series.key} />
      ) : (
        <p class="muted media-none">Nothing at this step yet</p>
      )}
    </figure>
  );
}

interface ContentProps {
  readonly run: string;
  readonly path: string;
  readonly kind: MediaSeries["kind"];
  readonly name: string;
}

function MediaContent({ run, path, kind, name }: ContentProps) {
  if (kind === "image") return <MediaImage key={name} run={run} path={path} name={name} />;
  if (kind === "text") return <MediaText run={run} path={path} />;
  const address = downloadAddress(run, path);
  return <audio controls preload="metadata" src={address} aria-label={name} />;
}

function MediaImage({ run, path, name }: { run: string; path: string; name: string }) {
  const [failed, setFailed] = useState("");
  const [isSmall, setSmall] = useState(false);
  if (failed === path) return <p class="muted media-none">The browser cannot show {path}</p>;
  return (
    <img
      src={downloadAddress(run, path)}
      alt={name}
      loading="lazy"
      decoding="async"
      class={isSmall ? "sharp" : undefined}
      onLoad={(event) => setSmall(event.currentTarget.naturalWidth <= 128)}
      onError={() => setFailed(path)}
    />
  );
}

const MOST = 64 * 1024; // bytes of a text

function MediaText({ run, path }: { run: string; path: string }) {
  const { value, error } = useLoad((signal) => readBlock(run, path, 0, MOST, signal), [run, path]);
  if (error) return <p class="muted media-none">The text cannot be read</p>;
  return <pre tabIndex={0}>{value ? new TextDecoder().decode(value) : ""}</pre>;
}

/** Ask for an image before it is shown. */
export function preload(run: string, path: string): void {
  new Image().src = downloadAddress(run, path);
}
