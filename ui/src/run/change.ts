/** Changes to the run, shown at once, with a way back. */

import { changeRuns, type Change } from "@/api/runs";
import type { RunRecord } from "@/api/types";
import { notify, notifyError } from "@/parts/toast";
import type { OpenRun } from "@/run/use_run";

interface Step {
  readonly text: string;
  readonly change: Change;
  /** The change that takes it back. */
  readonly undo: Change;
  /** What the page shows of it at once. */
  readonly shown: Partial<RunRecord>;
  readonly before: Partial<RunRecord>;
}

async function act(opened: OpenRun, id: string, step: Step): Promise<void> {
  opened.patch(step.shown);
  try {
    await changeRuns([id], step.change);
    const { change, undo, shown, before } = step;
    const back = { text: "Undone", change: undo, undo: change, shown: before, before: shown };
    notify(step.text, () => void act(opened, id, back));
    opened.reload();
  } catch (error) {
    opened.patch(step.before);
    notifyError(error);
  }
}

/** Rename a run. */
export function rename(opened: OpenRun, run: RunRecord, name: string): void {
  void act(opened, run.id, {
    text: `Renamed to ${name}`,
    change: { name },
    undo: { name: run.name },
    shown: { name },
    before: { name: run.name },
  });
}

/** Move a run to the experiment of a name, which is made where there is none. */
export function move(opened: OpenRun, run: RunRecord, experiment: string): void {
  void act(opened, run.id, {
    text: `Moved to ${experiment}`,
    change: { experiment },
    undo: { experiment: run.experiment },
    shown: { experiment },
    before: { experiment: run.experiment },
  });
}

/** Delete or restore a run. */
export function setDeleted(opened: OpenRun, run: RunRecord, deleted: boolean): void {
  void act(opened, run.id, {
    text: deleted ? "Deleted the run" : "Restored the run",
    change: { deleted },
    undo: { deleted: !deleted },
    shown: { deleted: deleted ? Date.now() / 1000 : null },
    before: { deleted: run.deleted },
  });
}

/** Set a tag, or take it away where the value is null. */
export function setTag(opened: OpenRun, run: RunRecord, key: string, value: string | null): void {
  const old = run.tags[key];
  const tags = { ...run.tags };
  if (value === null) delete tags[key];
  else tags[key] = value;
  void act(opened, run.id, {
    text: textOf(key, value),
    change: tagChange(key, value),
    undo: tagChange(key, old ?? null),
    shown: { tags },
    before: { tags: run.tags },
  });
}

/** The tag that holds the note of a run, as MLflow's clients write it. */
export const NOTE = "mlflow.note.content";

function textOf(key: string, value: string | null): string {
  if (key === NOTE) return "Saved the note";
  return value === null ? `Removed the tag ${key}` : `Set the tag ${key}`;
}

function tagChange(key: string, value: string | null): Change {
  return value === null ? { untag: [key] } : { tags: { [key]: value } };
}
