/** The files of a run: a tree of folders, and a preview of the chosen file. */

import type { ComponentType } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { RunWithArtifacts } from "@/api/artifacts";
import { Button } from "@/parts/button";
import { change, location } from "@/parts/location";
import { Empty, Problem, Skeleton } from "@/parts/problem";
import { FileView } from "@/run/artifacts/file_view";
import { FolderView } from "@/run/artifacts/folder_view";
import { findEntry, treeOf, type Entry } from "@/run/artifacts/tree";
import { TreeView } from "@/run/artifacts/tree_view";
import { mayHaveMedia } from "@/run/media/series";
import "@/run/artifacts/artifacts.css";

/** The tab of a run's files; the chosen one is in the address, as `file`. */
export function ArtifactsTab({ run }: { run: RunWithArtifacts }) {
  const root = useMemo(() => treeOf(run.artifacts), [run.artifacts]);
  if (!root.count) return <NoFiles />;
  const { id } = run.run;
  if (!mayHaveMedia(run.artifacts)) return <Files id={id} root={root} />;
  const isMedia = location.value.query.get("view") === "media";
  return (
    <div class="files-views">
      <div class="segments" role="group" aria-label="Show">
        <button type="button" aria-pressed={!isMedia} onClick={() => change({ view: "" })}>
          Files
        </button>
        <button type="button" aria-pressed={isMedia} onClick={() => change({ view: "media" })}>
          By step
        </button>
      </div>
      {isMedia ? <Media run={id} count={root.count} /> : <Files id={id} root={root} />}
    </div>
  );
}

type Gallery = ComponentType<{ run: string; count: number }>;

/** The gallery, loaded when it is opened. */
function Media(props: { run: string; count: number }) {
  const [Found, setFound] = useState<Gallery | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    import("@/run/media/gallery").then((one) => setFound(() => one.MediaGallery), setError);
  }, []);
  if (error) return <Problem error={error} />;
  return Found ? <Found {...props} /> : <Skeleton lines={6} />;
}

const PAUSE = 1_000; // milliseconds between keys that are steps of one move
let lastKey = 0;

/** Show a file or a folder; keys in quick succession are one step of the history. */
function choose(path: string, byKey = false): void {
  const now = performance.now();
  const replace = byKey && now - lastKey < PAUSE;
  if (byKey) lastKey = now;
  change({ file: path, find: "", sort: "", where: "", as: "" }, { replace });
}

function Files({ id, root }: { id: string; root: Entry }) {
  const path = location.value.query.get("file") ?? "";
  return (
    <div class={path ? "artifacts has-chosen" : "artifacts"}>
      <TreeView root={root} chosen={path} onChoose={choose} />
      <div class="files-main">
        <div class="files-back">
          <Button onClick={() => choose("")}>All files</Button>
        </div>
        <Chosen id={id} root={root} path={path} />
      </div>
    </div>
  );
}

function Chosen({ id, root, path }: { id: string; root: Entry; path: string }) {
  const entry = findEntry(root, path);
  if (!entry) {
    return (
      <Empty title="There is no such file">
        <p>The run has no file or folder {path}.</p>
      </Empty>
    );
  }
  if (entry.file) return <FileView key={entry.file.digest + path} run={id} file={entry.file} />;
  return <FolderView key={path} run={id} folder={entry} onChoose={choose} />;
}

function NoFiles() {
  return (
    <Empty title="No artifacts">
      <p>Files, figures and models that the run logs are here:</p>
      <pre>{'treadle.log_artifact("report.pdf")\ntreadle.log_figure(figure, "loss.png")'}</pre>
    </Empty>
  );
}
