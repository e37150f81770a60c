/** The menu of a run: move, tag, compare, delete and restore. */

import { useState } from "preact/hooks";
import { listExperiments } from "@/api/experiments";
import type { RunRecord } from "@/api/types";
import { Button } from "@/parts/button";
import { Dialog } from "@/parts/dialog";
import { useLoad } from "@/parts/load";
import { go, linkTo } from "@/parts/location";
import { MenuItem, Popover } from "@/parts/popover";
import { move, rename, setDeleted, setTag } from "@/run/change";
import type { OpenRun } from "@/run/use_run";

type Form = "rename" | "move" | "tag";

/** The button of the menu, and the dialogs that it opens. */
export function RunMenu({ opened, run }: { opened: OpenRun; run: RunRecord }) {
  const [form, setForm] = useState<Form | null>(null);
  const isDeleted = run.deleted !== null;
  const open = (name: Form, close: () => void) => () => (close(), setForm(name));
  return (
    <>
      <Popover label="More" icon="more" bare>
        {(close) => (
          <div role="group" aria-label="Actions on the run">
            <MenuItem onSelect={open("rename", close)}>Rename …</MenuItem>
            <MenuItem onSelect={open("tag", close)}>Tag …</MenuItem>
            <MenuItem onSelect={open("move", close)}>Move to an experiment …</MenuItem>
            <MenuItem onSelect={() => go(linkTo(["compare"], { runs: run.id }))}>
              Compare with others …
            </MenuItem>
            <hr />
            <MenuItem onSelect={() => (close(), setDeleted(opened, run, !isDeleted))}>
              {isDeleted ? "Restore" : "Delete"}
            </MenuItem>
          </div>
        )}
      </Popover>
      {form && <FormDialog {...{ form, opened, run }} onClose={() => setForm(null)} />}
    </>
  );
}

interface FormProps {
  readonly form: Form;
  readonly opened: OpenRun;
  readonly run: RunRecord;
  readonly onClose: () => void;
}

const TITLES: Readonly<Record<Form, string>> = {
  rename: "Rename the run",
  move: "Move the run",
  tag: "Tag the run",
};

function FormDialog({ form, opened, run, onClose }: FormProps) {
  const apply = (text: string): void => {
    onClose();
    if (form === "rename") rename(opened, run, text);
    else if (form === "move") move(opened, run, text);
    else {
      const [key = "", ...value] = text.split("=");
      setTag(opened, run, key.trim(), value.join("=").trim());
    }
  };
  return (
    <Dialog title={TITLES[form]} onClose={onClose}>
      <OneText form={form} run={run} onApply={apply} />
    </Dialog>
  );
}

interface TextProps {
  readonly form: Form;
  readonly run: RunRecord;
  readonly onApply: (text: string) => void;
}

function OneText({ form, run, onApply }: TextProps) {
  const [text, setText] = useState(form === "rename" ? run.name : "");
  const isValid = text.trim() !== "" && (form !== "tag" || /^\s*[^=\s]/.test(text));
  const submit = (event: Event): void => {
    event.preventDefault();
    if (isValid) onApply(text.trim());
  };
  return (
    <form class="line" onSubmit={submit}>
      <input
        type="text"
        autoFocus
        list={form === "move" ? "run-experiments" : undefined}
        placeholder={form === "tag" ? "key=value" : form === "move" ? "Experiment" : "Name"}
        aria-label={TITLES[form]}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      {form === "move" && <Experiments />}
      <Button type="submit" tone="primary" disabled={!isValid}>
        {form === "rename" ? "Rename" : form === "move" ? "Move" : "Tag"}
      </Button>
    </form>
  );
}

function Experiments() {
  const found = useLoad((signal) => listExperiments(signal), []);
  return (
    <datalist id="run-experiments">
      {found.value?.map((one) => (
        <option key={one.experiment.id} value={one.experiment.name} />
      ))}
    </datalist>
  );
}
