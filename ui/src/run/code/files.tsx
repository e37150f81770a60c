/** The files that are in no commit, and are kept with a run. */

import { useMemo, useState } from "preact/hooks";
import { downloadAddress, readArtifact } from "@/api/artifact_text";
import { Code } from "@/parts/code";
import { formatSize } from "@/parts/format";
import { useLoad } from "@/parts/load";
import { Problem, Skeleton } from "@/parts/problem";
import { readTar, type TarFile } from "@/run/code/tar";

const FILES = "code/untracked.tar";
const MOST = 100;
const LARGEST = 8 << 20;
const SHOWN = 200_000; // letters of a file that are shown

interface Props {
  readonly run: string;
  readonly digest: string;
  readonly size: number;
}

/** The list of the files; each unfolds. */
export function Files({ run, digest, size }: Props) {
  const bytes = useLoad((signal) => readArtifact(run, FILES, signal), [run, digest]);
  const files = useMemo(() => (bytes.value ? readTar(bytes.value) : []), [bytes.value]);
  const [shown, setShown] = useState(MOST);
  if (bytes.error) return <Problem error={bytes.error} />;
  if (!bytes.value) return <Skeleton />;
  return (
    <>
      <ul class="code-files">
        {files.slice(0, shown).map((file) => (
          <File key={file.path} file={file} />
        ))}
      </ul>
      <p class="links">
        {files.length > shown && (
          <button type="button" class="link" onClick={() => setShown(Infinity)}>
            {`Show all ${files.length} files`}
          </button>
        )}
        {size > LARGEST && <span class="muted">The archive is larger than what is shown.</span>}
        <a href={downloadAddress(run, FILES)} download>
          Download the archive
        </a>
      </p>
    </>
  );
}

function File({ file }: { file: TarFile }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <li>
      <button
        type="button"
        class="code-file-head"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <i aria-hidden="true">{isOpen ? "▾" : "▸"}</i>
        <code>{file.path}</code>
        <small class="muted">{formatSize(file.size)}</small>
      </button>
      {isOpen && (
        <div class="code-file-text">
          <Code text={textOf(file.content)} language={file.path.split(/[./]/).at(-1) ?? ""} />
        </div>
      )}
    </li>
  );
}

/** Return what a file says; of binary ones, that they are. */
function textOf(content: Uint8Array): string {
  if (content.subarray(0, 8000).includes(0)) return "A binary file.";
  const text = new TextDecoder().decode(content);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}\n…` : text;
}
