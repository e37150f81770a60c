/** What can be done with the selected runs, in a bar below the table. */

import { useState } from "preact/hooks";
import { changeRuns, type Change } from "@/api/runs";
import type { RunRow } from "@/api/types";
import { experiments, loadExperiments } from "@/runs/experiments";
import { list } from "@/runs/list";
import { state, update } from "@/runs/state";
import { Button } from "@/parts/button";
import { formatCount } from "@/parts/format";
import { go, linkTo } from "@/parts/location";
import { Popover } from "@/parts/popover";
import { me } from "@/parts/session";
import { notify, notifyError } from "@/parts/toast";

function selected(): RunRow[] {
  return [...list.selection.keys.value].flatMap((key) => list.data.row(key)?.run ?? []);
}

/** Change runs at once in the page, then in the store; the way back is a change, too. */
async function act(
  text: string,
  runs: readonly RunRow[],
  change: Change,
  undo: Change,
): Promise<void> {
  try {
    await changeRuns(
      runs.map((run) => run.id),
      change,
    );
    await list.data.refresh(runs.map((run) => run.key));
    notify(
      `${text} ${formatCount(runs.length, "run")}`,
      () => void act("Undone:", runs, undo, change),
    );
    void loadExperiments();
  } catch (error) {
    notifyError(error);
    void list.data.refresh(runs.map((run) => run.key));
  }
}

function remove(deleted: boolean): void {
  const runs = selected();
  list.data.patch(
    runs.map((run) => run.key),
    { deleted: deleted ? Date.now() / 1000 : null },
  );
  void act(deleted ? "Deleted" : "Restored", runs, { deleted }, { deleted: !deleted });
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
      {mayEdit && <MoveForm />}
      {mayEdit && one && <RenameForm run={one} />}
      {mayEdit && runs.some((run) => run.deleted === null) && (
        <Button icon="trash" onClick={() => remove(true)}>
          Delete
        </Button>
      )}
      {mayEdit && runs.some((run) => run.deleted !== null) && (
        <Button icon="refresh" onClick={() => remove(false)}>
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
    const tags = { [key.trim()]: value.join("=").trim() };
    void act("Tagged", selected(), { tags }, { untag: [key.trim()] });
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
    const runs = selected();
    const before = runs[0]?.experiment ?? "default";
    void act("Moved", runs, { experiment: name.trim() }, { experiment: before });
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
  const rename = (): void => {
    const name = window.prompt("The name of the run:", run.name);
    if (!name?.trim() || name === run.name) return;
    list.data.patch([run.key], { name: name.trim() });
    void act("Renamed", [run], { name: name.trim() }, { name: run.name });
  };
  return (
    <Button icon="edit" onClick={rename}>
      Rename
    </Button>
  );
}
