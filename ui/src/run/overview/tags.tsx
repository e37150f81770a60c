/** The tags of a run, edited where they stand. */

import { useState } from "preact/hooks";
import type { RunRecord } from "@/api/types";
import { Button } from "@/parts/button";
import { Editable } from "@/parts/editable";
import { me } from "@/parts/session";
import { setTag } from "@/run/change";
import { Section } from "@/run/section";
import type { OpenRun } from "@/run/use_run";

const OWN = /^(?:mlflow\.|treadle\.)/;

/** The tags; those that programs write for themselves are folded. */
export function Tags({ opened, run }: { opened: OpenRun; run: RunRecord }) {
  const mayEdit = me.value?.may_edit ?? false;
  const keys = Object.keys(run.tags).sort();
  const own = keys.filter((key) => OWN.test(key) && key !== "mlflow.note.content");
  const others = keys.filter((key) => !OWN.test(key));
  const save = (key: string) => (value: string | null) => setTag(opened, run, key, value);
  return (
    <Section title="Tags" actions={mayEdit && <NewTag onAdd={(key, value) => save(key)(value)} />}>
      {!others.length && <p class="muted">No tags.</p>}
      <dl class="run-pairs">
        {others.map((key) => (
          <Tag key={key} name={key} value={run.tags[key]!} mayEdit={mayEdit} onSave={save(key)} />
        ))}
      </dl>
      {own.length > 0 && (
        <details>
          <summary class="muted">{`${own.length} set by programs`}</summary>
          <dl class="run-pairs">
            {own.map((key) => (
              <Tag key={key} name={key} value={run.tags[key]!} mayEdit={false} />
            ))}
          </dl>
        </details>
      )}
    </Section>
  );
}

interface TagProps {
  readonly name: string;
  readonly value: string;
  readonly mayEdit: boolean;
  readonly onSave?: (value: string | null) => void;
}

function Tag({ name, value, mayEdit, onSave }: TagProps) {
  return (
    <div>
      <dt title={name}>{name}</dt>
      <dd>
        <Editable
          value={value}
          label={`tag ${name}`}
          canEdit={mayEdit}
          mayBeEmpty
          placeholder="empty"
          onSave={(next) => onSave?.(next)}
        />
        {mayEdit && (
          <Button icon="close" label={`Remove the tag ${name}`} onClick={() => onSave?.(null)} />
        )}
      </dd>
    </div>
  );
}

function NewTag({ onAdd }: { onAdd: (key: string, value: string) => void }) {
  const [isOpen, setOpen] = useState(false);
  const [text, setText] = useState("");
  if (!isOpen) return <Button icon="plus" label="Add a tag" onClick={() => setOpen(true)} />;
  const add = (event: Event): void => {
    event.preventDefault();
    const [key = "", ...value] = text.split("=");
    setOpen(false);
    setText("");
    if (key.trim()) onAdd(key.trim(), value.join("=").trim());
  };
  return (
    <form class="new-tag" onSubmit={add}>
      <input
        type="text"
        autoFocus
        aria-label="New tag"
        placeholder="key=value"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Escape" && setOpen(false)}
      />
      <Button type="submit">Add</Button>
    </form>
  );
}
