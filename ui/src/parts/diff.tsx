/** A patch as files that unfold, with added and removed lines. */

import { useMemo, useState } from "preact/hooks";
import { Button } from "@/parts/button";
import { Tokens } from "@/parts/code";
import { formatCount } from "@/parts/format";
import { filesOf, type PatchFile, type PatchLine } from "@/parts/patch";
import { tokensOf } from "@/parts/patch_tokens";
import "@/parts/diff.css";

const FOLDED = 400; // lines of a file that is not unfolded at first
const PAGE = 500;
const MOST_OPEN = 20;

/** A patch, file by file. */
export function Diff({ patch }: { patch: string }) {
  const files = useMemo(() => filesOf(patch), [patch]);
  const added = files.reduce((sum, file) => sum + file.added, 0);
  const removed = files.reduce((sum, file) => sum + file.removed, 0);
  return (
    <div class="diff">
      <p class="diff-summary">
        {formatCount(files.length, "file")} changed <Counts added={added} removed={removed} />
      </p>
      {files.map((file, at) => (
        <File
          key={file.path}
          file={file}
          isOpenAtFirst={at < MOST_OPEN && file.lines.length <= FOLDED}
        />
      ))}
    </div>
  );
}

function Counts({ added, removed }: { added: number; removed: number }) {
  return (
    <span class="diff-counts">
      <span class="plus">{`+${added}`}</span> <span class="minus">{`−${removed}`}</span>
    </span>
  );
}

function File({ file, isOpenAtFirst }: { file: PatchFile; isOpenAtFirst: boolean }) {
  const [isOpen, setOpen] = useState(isOpenAtFirst);
  const [shown, setShown] = useState(PAGE);
  const rest = file.lines.length - shown;
  return (
    <section class="diff-file" aria-label={file.path}>
      <button
        type="button"
        class="diff-head"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <i aria-hidden="true">{isOpen ? "▾" : "▸"}</i>
        <code>{file.state === "moved" ? `${file.from} → ${file.path}` : file.path}</code>
        {file.state !== "changed" && <span class="badge">{file.state}</span>}
        <span class="space" />
        <Counts added={file.added} removed={file.removed} />
      </button>
      {isOpen && (
        <div class="diff-lines" tabIndex={0}>
          {!file.lines.length && <p class="muted">No lines to show.</p>}
          <Lines file={file} shown={shown} />
          {rest > 0 && (
            <Button onClick={() => setShown(shown + 10 * PAGE)}>
              {`Show more of ${formatCount(rest, "line")}`}
            </Button>
          )}
        </div>
      )}
    </section>
  );
}

const SIGNS: Readonly<Record<PatchLine["kind"], string>> = {
  same: " ",
  added: "+",
  removed: "−",
  hunk: "",
  note: "",
};

function Lines({ file, shown }: { file: PatchFile; shown: number }) {
  const tokens = useMemo(() => tokensOf(file, shown), [file, shown]);
  return (
    <table>
      <tbody>
        {file.lines.slice(0, shown).map((line, at) => (
          <tr key={at} class={line.kind}>
            <td class="at">{line.before ?? ""}</td>
            <td class="at">{line.after ?? ""}</td>
            <td>
              <pre>
                {SIGNS[line.kind]}
                <Tokens tokens={tokens[at] ?? []} />
              </pre>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
