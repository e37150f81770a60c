/** Saved views of a page: its state under a name, for the whole team. */

import { useState } from "preact/hooks";
import { deleteView, listViews, saveView, type PageName, type View } from "@/api/views";
import { Button } from "@/parts/button";
import { useLoad } from "@/parts/load";
import { MenuItem, Popover } from "@/parts/popover";
import { Problem } from "@/parts/problem";
import { me } from "@/parts/session";
import { notify, notifyError } from "@/parts/toast";

interface Props {
  readonly page: PageName;
  /** The id of the experiment that its views are of; empty for all. */
  readonly experiment: string;
  /** Return what is saved: a JSON object. */
  readonly state: () => string;
  readonly onOpen: (state: string) => void;
}

/** The button that opens the views, to be shown, saved, deleted, or made the first for everyone. */
export function SavedViews(props: Props) {
  return (
    <Popover label="Views" icon="save">
      {(close) => <List {...props} close={close} />}
    </Popover>
  );
}

function List(props: Props & { close: () => void }) {
  const { page, experiment, close, onOpen } = props;
  const views = useLoad((signal) => listViews(page, experiment, signal), [page, experiment]);
  const open = (view: View): void => {
    onOpen(view.state);
    close();
  };
  return (
    <div class="chooser">
      <div class="chooser-list">
        {views.error ? <Problem error={views.error} /> : null}
        {views.value?.length === 0 && (
          <p class="muted">No saved views yet. The address of this page is one, too: share it.</p>
        )}
        {views.value?.map((one) => (
          <Item key={one.id} view={one} open={open} reload={views.reload} />
        ))}
      </div>
      {me.value?.may_edit && <SaveForm {...props} reload={views.reload} />}
    </div>
  );
}

/** Do something, and say what was done or what failed. */
async function act(change: Promise<unknown>, text: string, undo?: () => void): Promise<boolean> {
  try {
    await change;
    notify(text, undo);
    return true;
  } catch (error) {
    notifyError(error);
    return false;
  }
}

interface ItemProps {
  readonly view: View;
  readonly open: (view: View) => void;
  readonly reload: () => void;
}

function Item({ view, open, reload }: ItemProps) {
  const { id, page, name, state, experiment, is_default } = view;
  const plain = { page, name, state, experiment, is_default };
  const restore = (): void => void saveView(plain).then(reload, notifyError);
  const remove = (): void =>
    void act(deleteView(id), `Deleted the view ${name}`, restore).then(reload);
  const star = (): void =>
    void act(
      saveView({ id, ...plain, is_default: !is_default }),
      is_default ? `${name} is no longer the default` : `${name} is the default now`,
    ).then(reload);
  return (
    <div class="line">
      <MenuItem onSelect={() => open(view)}>
        {name} {is_default && <small class="badge">default</small>}
      </MenuItem>
      {me.value?.may_edit && <Button icon="star" label="Open first for everyone" onClick={star} />}
      {me.value?.may_edit && <Button icon="trash" label={`Delete ${name}`} onClick={remove} />}
    </div>
  );
}

function SaveForm({ page, experiment, state, reload }: Props & { reload: () => void }) {
  const [text, setText] = useState("");
  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    const name = text.trim();
    const view = { page, name, experiment, state: state(), is_default: false };
    if (!(await act(saveView(view), `Saved the view ${name}`))) return;
    setText("");
    reload();
  };
  return (
    <form class="line" onSubmit={(event) => void save(event)}>
      <input
        type="text"
        required
        placeholder="Name of this view"
        aria-label="Name of the view"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <Button type="submit" tone="primary" disabled={!text.trim()}>
        Save
      </Button>
    </form>
  );
}
