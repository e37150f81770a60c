/** The chosen file: what it is, what to do with it, and its preview, loaded when first needed. */

import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { downloadAddress, type ArtifactRecord } from "@/api/artifacts";
import { formatMoment, formatSize } from "@/parts/format";
import { Icon } from "@/parts/icon";
import { Problem, Skeleton } from "@/parts/problem";
import { CopyAs } from "@/run/artifacts/copy_as";
import { kindOf, type Kind } from "@/run/artifacts/kinds";
import type { PreviewProps } from "@/run/artifacts/preview";
import { pythonFor } from "@/run/artifacts/python";

type Preview = ComponentType<PreviewProps>;

const PREVIEWS: Record<Kind, () => Promise<Preview>> = {
  text: () => import("@/run/artifacts/text_view").then((one) => one.TextView),
  json: () => import("@/run/artifacts/json_view").then((one) => one.JsonView),
  yaml: () => import("@/run/artifacts/yaml_view").then((one) => one.YamlView),
  markdown: () => import("@/run/artifacts/markdown_view").then((one) => one.MarkdownView),
  csv: () => import("@/run/artifacts/csv_view").then((one) => one.CsvView),
  parquet: () => import("@/run/artifacts/parquet_view").then((one) => one.ParquetView),
  image: () => import("@/run/artifacts/image_view").then((one) => one.ImageView),
  pdf: () => import("@/run/artifacts/pdf_view").then((one) => one.PdfView),
  audio: () => import("@/run/artifacts/player_view").then((one) => one.AudioView),
  video: () => import("@/run/artifacts/player_view").then((one) => one.VideoView),
  html: () => import("@/run/artifacts/html_view").then((one) => one.HtmlView),
  numpy: () => import("@/run/artifacts/numpy_view").then((one) => one.NumpyView),
  model: () => import("@/run/artifacts/model_view").then((one) => one.ModelFileView),
  bytes: () => import("@/run/artifacts/bytes_view").then((one) => one.BytesView),
};

/** A file with its head and its preview. */
export function FileView({ run, file }: PreviewProps) {
  return (
    <>
      <FileHead run={run} file={file} />
      <div class="preview">
        <FilePreview run={run} file={file} />
      </div>
    </>
  );
}

/** The preview of a file alone. */
export function FilePreview({ run, file }: PreviewProps) {
  const [Found, setFound] = useState<Preview | null>(null);
  const [error, setError] = useState<unknown>(null);
  const kind = kindOf(file.path);
  useEffect(() => {
    setFound(null);
    PREVIEWS[kind]().then((found) => setFound(() => found), setError);
  }, [kind]);
  if (error) return <Problem error={error} />;
  if (file.size === 0) return <p class="muted preview-note">The file is empty.</p>;
  return Found ? <Found run={run} file={file} /> : <Skeleton lines={6} />;
}

/** The head of a file: its path, size, time and digest, and how to get it. */
export function FileHead({ run, file }: { run: string; file: ArtifactRecord }) {
  const parts = file.path.split("/");
  const name = parts.pop() ?? "";
  const digest = file.digest.replace(/^\w+:/, "");
  const address = downloadAddress(run, file.path); // none for what an exported page lacks
  return (
    <header class="artifact-head">
      <div class="file-title">
        <h2 title={file.path}>
          {parts.length > 0 && <span class="muted">{`${parts.join("/")}/`}</span>}
          {name}
        </h2>
        <p class="muted">
          {formatSize(file.size)} · {formatMoment(file.time)} ·{" "}
          <code title={file.digest}>{digest.slice(0, 12)}</code>
        </p>
      </div>
      {address && (
        <a class="button" href={address} download={name}>
          <Icon name="download" /> Download
        </a>
      )}
      <CopyAs text={file.path} title="Path" label="Copy the path" />
      <CopyAs text={pythonFor(run, file.path)} title="Python" label="Copy as Python" />
    </header>
  );
}
