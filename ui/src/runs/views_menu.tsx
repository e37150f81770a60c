/** Saved views: the columns, the search and the order under a name, for the whole team. */

import { useState } from "preact/hooks";
import { deleteView, listViews, saveView, type View } from "@/api/views";
import { state } from "@/runs/state";
import { Button } from "@/parts/button";
import { useLoad } from "@/parts/load";
import { go, linkTo, location } from "@/parts/location";
import { MenuItem, Popover } from "@/parts/popover";
import { Problem } from "@/parts/problem";
import { me } from "@/parts/session";
import { notify, notifyError } from "@/parts/toast";

/** The experiment that the page shows, if it is one alone. */
function experiment(): string {
  const { experiments } = state.value;
  return experiments.length === 1 ? experiments[0]! : "";
}

/** Show a view. */
export function openView(view: View): void {
  go(linkTo(["runs"], new URLSearchParams(view.state)));
}

export function ViewsMenu() {
  return (
    <Popover label="Views" icon="save">
      {(close) => <Views close={close} />}
    </Popover>
  );
}

function Views({ close }: { close: () => void }) {
  const views = useLoad((signal) => listViews("runs", experiment(), signal), [experiment()]);
  return (
    <div class="chooser">
      <div class="chooser-list">
        {views.error ? <Problem error={views.error} /> : null}
        {views.value?.length === 0 && (
          <p class="muted">No saved views yet. The address of this page is one, too: share it.</p>
        )}
        {views.value?.map((one) => (
          <ViewItem key={one.id} view={one} close={close} reload={views.reload} />
        ))}
      </div>
      {me.value?.may_edit && <SaveForm reload={views.reload} />}
    </div>
  );
}

interface ItemProps {
  readonly view: View;
  readonly close: () => void;
  readonly reload: () => void;
}

function ViewItem({ view, close, reload }: ItemProps) {
  const act = async (change: Promise<unknown>, text: string, undo?: () => void): Promise<void> => {
    try {
      await change;
      notify(text, undo);
      reload();
    } catch (error) {
      notifyError(error);
    }
  };
  const { id, page, name, state: saved, experiment: of, is_default } = view;
  const plain = { page, name, state: saved, experiment: of, is_default };
  const remove = (): void =>
    void act(deleteView(id), `Deleted the view ${name}`, () => void saveView(plain));
  const star = (): void =>
    void act(
      saveView({ id, ...plain, is_default: !is_default }),
      is_default ? `${name} is no longer the default` : `${name} is the default now`,
    );
  return (
    <div class="line">
      <MenuItem
        onSelect={() => {
          openView(view);
          close();
        }}
      >
        {name} {is_default && <small class="badge">default</small>}
      </MenuItem>
      {me.value?.may_edit && <Button icon="star" label="Open first for everyone" onClick={star} />}
      {me.value?.may_edit && <Button icon="trash" label={`Delete ${name}`} onClick={remove} />}
    </div>
  );
}

function SaveForm({ reload }: { reload: () => void }) {
  const [name, setName] = useState("");
  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    const view = {
      page: "runs" as const,
      name: name.trim(),
      experiment: experiment(),
      state: location.value.query.toString(),
      is_default: false,
    };
    try {
      await saveView(view);
      setName("");
      notify(`Saved the view ${view.name}`);
      reload();
    } catch (error) {
      notifyError(error);
    }
  };
  return (
    <form class="line" onSubmit={(event) => void save(event)}>
      <input
        type="text"
        required
        placeholder="Name of this view"
        aria-label="Name of the view"
        value={name}
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <Button type="submit" tone="primary" disabled={!name.trim()}>
        Save
      </Button>
    </form>
  );
}
