/** What can be done with the selected runs, in a bar below the table. */

import { useState } from "preact/hooks";
import type { RunRow } from "@/api/types";
import { move, remove, rename, tag } from "@/runs/changes";
import { experiments } from "@/runs/experiments";
import { list } from "@/runs/list";
import { state, update } from "@/runs/state";
import { Button } from "@/parts/button";
import { formatCount } from "@/parts/format";
import { go, linkTo } from "@/parts/location";
import { Popover } from "@/parts/popover";
import { me } from "@/parts/session";

function selected(): RunRow[] {
  return [...list.selection.keys.value].flatMap((key) => list.data.row(key)?.run ?? []);
}

/** Compare the selected runs; what the table shows of them stays in the address. */
export function compareSelected(): void {
  const runs = selected().map((run) => run.id);
  go(linkTo(["compare"], { runs: runs.join(",") }));
}

/** The bar, while runs are selected. */
export function Actions() {
  const count = list.selection.size;
  const runs = selected();
  if (!count) return null;
  const mayEdit = me.value?.may_edit;
  const one = count === 1 ? runs[0] : undefined;
  return (
    <div class="actions" role="toolbar" aria-label="Selected runs">
      <b>{formatCount(count, "run")}</b>
      <Button icon="compare" tone="primary" onClick={compareSelected} disabled={count < 2}>
        Compare
      </Button>
      {one && <Baseline id={one.id} />}
      {mayEdit && <TagForm />}
      {mayEdit && <NoteForm />}
      {mayEdit && <MoveForm />}
      {mayEdit && one && <RenameForm run={one} />}
      {mayEdit && runs.some((run) => run.deleted === null) && (
        <Button icon="trash" onClick={() => void remove(runs, true)}>
          Delete
        </Button>
      )}
      {mayEdit && runs.some((run) => run.deleted !== null) && (
        <Button icon="refresh" onClick={() => void remove(runs, false)}>
          Restore
        </Button>
      )}
      <Button icon="close" label="Clear the selection" onClick={() => list.selection.clear()} />
    </div>
  );
}

function Baseline({ id }: { id: string }) {
  const isBaseline = state.value.baseline === id;
  return (
    <Button icon="pin" onClick={() => update({ baseline: isBaseline ? "" : id })}>
      {isBaseline ? "No baseline" : "Baseline"}
    </Button>
  );
}

function TagForm() {
  const [text, setText] = useState("");
  const apply = (close: () => void) => (event: Event) => {
    event.preventDefault();
    const [key = "", ...value] = text.split("=");
    void tag("Tagged", selected(), key.trim(), value.join("=").trim());
    close();
  };
  return (
    <Popover label="Tag" icon="tag">
      {(close) => (
        <form class="line" onSubmit={apply(close)}>
          <input
            type="text"
            placeholder="key=value"
            aria-label="Tag"
            pattern="\s*[^=\s][^=]*(=.*)?"
            required
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
          <Button type="submit" tone="primary">
            Tag
          </Button>
        </form>
      )}
    </Popover>
  );
}

function MoveForm() {
  const [name, setName] = useState("");
  const apply = (close: () => void) => (event: Event) => {
    event.preventDefault();
    void move(selected(), name.trim());
    close();
  };
  return (
    <Popover label="Move" icon="folder">
      {(close) => (
        <form class="line" onSubmit={apply(close)}>
          <input
            type="text"
            list="experiment-names"
            placeholder="Experiment"
            aria-label="Experiment to move to"
            required
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
          <datalist id="experiment-names">
            {experiments.value.map((one) => (
              <option key={one.experiment.id} value={one.experiment.name} />
            ))}
          </datalist>
          <Button type="submit" tone="primary">
            Move
          </Button>
        </form>
      )}
    </Popover>
  );
}

function RenameForm({ run }: { run: RunRow }) {
  const ask = (): void => {
    const name = window.prompt("The name of the run:", run.name)?.trim();
    if (name && name !== run.name) void rename(run, name);
  };
  return (
    <Button icon="edit" onClick={ask}>
      Rename
    </Button>
  );
}

/** The tag that holds the note of a run, for MLflow's clients, too. */
const NOTE = "mlflow.note.content";

function NoteForm() {
  const [text, setText] = useState("");
  const apply = (close: () => void) => (event: Event) => {
    event.preventDefault();
    void tag("Noted on", selected(), NOTE, text);
    close();
  };
  return (
    <Popover label="Note" icon="file">
      {(close) => (
        <form class="note-form" onSubmit={apply(close)}>
          <textarea
            rows={5}
            required
            placeholder="Markdown"
            aria-label="Note"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
          <Button type="submit" tone="primary">
            Save
          </Button>
        </form>
      )}
    </Popover>
  );
}
