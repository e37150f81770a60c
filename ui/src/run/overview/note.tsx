/** The note of a run, in Markdown, edited where it stands. */

import { useState } from "preact/hooks";
import type { RunRecord } from "@/api/types";
import { Button } from "@/parts/button";
import { readKept, writeKept } from "@/parts/kept";
import { Markdown } from "@/parts/markdown";
import { me } from "@/parts/session";
import { NOTE, setTag } from "@/run/change";
import { Section } from "@/run/section";
import type { OpenRun } from "@/run/use_run";

/** The note, and its editor. */
export function Note({ opened, run }: { opened: OpenRun; run: RunRecord }) {
  const text = run.tags[NOTE] ?? "";
  const draft = `draft.${run.id}`;
  const [isEditing, setEditing] = useState(readKept(draft, "") !== "");
  const mayEdit = me.value?.may_edit ?? false;
  if (!text && !mayEdit) return null;
  const close = (): void => {
    writeKept(draft, "");
    setEditing(false);
  };
  const save = (next: string): void => {
    close();
    if (next.trim() !== text) setTag(opened, run, NOTE, next.trim() || null);
  };
  const edit = mayEdit && !isEditing && (
    <Button icon="edit" label="Edit the note" onClick={() => setEditing(true)} />
  );
  return (
    <Section title="Note" actions={edit}>
      {isEditing && mayEdit ? (
        <Editor text={text} draft={draft} onSave={save} onClose={close} />
      ) : text ? (
        <Markdown text={text} />
      ) : (
        <button type="button" class="link" onClick={() => setEditing(true)}>
          Write what this run is about
        </button>
      )}
    </Section>
  );
}

interface EditorProps {
  readonly text: string;
  /** The name under which the browser keeps what is not saved yet. */
  readonly draft: string;
  readonly onSave: (text: string) => void;
  readonly onClose: () => void;
}

function Editor({ text, draft, onSave, onClose }: EditorProps) {
  const [now, setNow] = useState(readKept(draft, "") || text);
  const [isPreview, setPreview] = useState(false);
  const type = (value: string): void => {
    setNow(value);
    writeKept(draft, value === text ? "" : value);
  };
  const press = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) onSave(now);
    if (event.key === "Escape") onClose();
  };
  return (
    <div class="note-editor" onKeyDown={press}>
      {isPreview ? (
        <div class="note-preview">
          <Markdown text={now} />
        </div>
      ) : (
        <textarea
          aria-label="Note in Markdown"
          rows={10}
          autoFocus
          value={now}
          placeholder="Markdown: **bold**, `code`, - lists, | tables |"
          onInput={(event) => type(event.currentTarget.value)}
        />
      )}
      <div class="note-actions">
        <Button tone="primary" onClick={() => onSave(now)}>
          Save
        </Button>
        <Button onClick={onClose}>Cancel</Button>
        <Button aria-pressed={isPreview} onClick={() => setPreview(!isPreview)}>
          Preview
        </Button>
        <small class="muted">Ctrl-Enter saves</small>
      </div>
    </div>
  );
}
