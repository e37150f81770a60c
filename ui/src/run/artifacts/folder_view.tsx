/** The chosen folder: what is in it, and the model that it holds. */

import type { ComponentType } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { formatCount, formatMoment, formatSize } from "@/parts/format";
import { Icon } from "@/parts/icon";
import { px } from "@/table/px";
import { useVirtual } from "@/table/virtual";
import { CopyAs } from "@/run/artifacts/copy_as";
import { modelIn } from "@/run/artifacts/kinds";
import type { PreviewProps } from "@/run/artifacts/preview";
import { pythonForFolder } from "@/run/artifacts/python";
import type { Entry } from "@/run/artifacts/tree";

interface Props {
  readonly run: string;
  readonly folder: Entry;
  readonly onChoose: (path: string) => void;
}

/** A folder with its contents. */
export function FolderView({ run, folder, onChoose }: Props) {
  const model = modelIn(folder);
  const requirements = folder.children.find((one) => one.name === "requirements.txt")?.path;
  return (
    <>
      <header class="artifact-head">
        <div class="file-title">
          <h2 title={folder.path}>{folder.path || "All files"}</h2>
          <p class="muted">
            {formatCount(folder.count, "file")}, {formatSize(folder.size)}
          </p>
        </div>
        {folder.path && <CopyAs text={folder.path} title="Path" label="Copy the path" />}
        <CopyAs text={pythonForFolder(run, folder.path)} title="Python" label="Copy as Python" />
      </header>
      {model?.file && <ModelSummary run={run} file={model.file} requirements={requirements} />}
      <Contents entries={folder.children} onChoose={onChoose} />
    </>
  );
}

type SummaryProps = PreviewProps & { readonly requirements: string | undefined };

function ModelSummary(props: SummaryProps) {
  const [Found, setFound] = useState<ComponentType<SummaryProps> | null>(null);
  useEffect(() => {
    void import("@/run/artifacts/model_view").then((one) => setFound(() => one.ModelView));
  }, []);
  return Found && <Found {...props} />;
}

const LINE = 32;

function Contents(props: { entries: readonly Entry[]; onChoose: (path: string) => void }) {
  const { entries, onChoose } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtual({ scroller, count: entries.length, size: () => LINE, overscan: 8 });
  return (
    <div class="folder" ref={scroller}>
      <ul style={{ height: px(rows.total) }} aria-label="Contents">
        {rows.items.map((item) => {
          const entry = entries[item.index];
          return (
            entry && (
              <li key={entry.path} style={{ top: px(item.start) }}>
                <EntryLine entry={entry} onChoose={onChoose} />
              </li>
            )
          );
        })}
      </ul>
    </div>
  );
}

function EntryLine({ entry, onChoose }: { entry: Entry; onChoose: (path: string) => void }) {
  return (
    <button type="button" class="folder-line" onClick={() => onChoose(entry.path)}>
      <Icon name={entry.file ? "file" : "folder"} />
      <span class="files-name">{entry.name}</span>
      <small class="muted">
        {entry.file ? formatMoment(entry.file.time) : formatCount(entry.count, "file")}
      </small>
      <small class="folder-size">{formatSize(entry.size)}</small>
    </button>
  );
}
