/** Changes of many runs, each with the exact way back. */

import { changeRuns, readRows, type Change } from "@/api/runs";
import type { RunRow } from "@/api/types";
import { loadExperiments } from "@/runs/experiments";
import { quoteKey } from "@/runs/fields";
import { list } from "@/runs/list";
import { formatCount } from "@/parts/format";
import { notify, notifyError } from "@/parts/toast";

/** A change of some runs. */
export interface Step {
  readonly runs: readonly RunRow[];
  readonly change: Change;
}

/** Make changes, and offer the way back. */
export async function perform(
  text: string,
  steps: readonly Step[],
  undo: readonly Step[],
): Promise<void> {
  const runs = steps.flatMap((one) => one.runs);
  const keys = runs.map((run) => run.key);
  try {
    for (const { runs: some, change } of steps) {
      await changeRuns(
        some.map((run) => run.id),
        change,
      );
    }
    await list.data.refresh(keys);
    notify(
      `${text} ${formatCount(runs.length, "run")}`,
      () => void perform("Undone:", undo, steps),
    );
    void loadExperiments();
  } catch (error) {
    notifyError(error);
    void list.data.refresh(keys);
  }
}

/** Return runs by a value of theirs. */
function groupBy<T>(
  runs: readonly RunRow[],
  value: (run: RunRow, index: number) => T,
): Map<T, RunRow[]> {
  const groups = new Map<T, RunRow[]>();
  runs.forEach((run, index) => {
    const one = value(run, index);
    groups.set(one, [...(groups.get(one) ?? []), run]);
  });
  return groups;
}

/** Delete or restore runs; the table shows it at once. */
export function remove(runs: readonly RunRow[], deleted: boolean): Promise<void> {
  const now = Date.now() / 1000;
  list.data.patch(
    runs.map((run) => run.key),
    { deleted: deleted ? now : null },
  );
  const text = deleted ? "Deleted" : "Restored";
  return perform(text, [{ runs, change: { deleted } }], [{ runs, change: { deleted: !deleted } }]);
}

/** Move runs to an experiment; the way back is to where each was. */
export function move(runs: readonly RunRow[], experiment: string): Promise<void> {
  const before = groupBy(runs, (run) => run.experiment);
  const undo = [...before].map(([name, some]) => ({ runs: some, change: { experiment: name } }));
  return perform("Moved", [{ runs, change: { experiment } }], undo);
}

/** Rename a run. */
export function rename(run: RunRow, name: string): Promise<void> {
  list.data.patch([run.key], { name });
  const undo = [{ runs: [run], change: { name: run.name } }];
  return perform("Renamed", [{ runs: [run], change: { name } }], undo);
}

const BLOCK = 1_000;

/** Tag runs; the way back is the tag that each had, or none. */
export async function tag(
  text: string,
  runs: readonly RunRow[],
  key: string,
  value: string,
): Promise<void> {
  const before = new Map<number, string | null>();
  try {
    for (let at = 0; at < runs.length; at += BLOCK) {
      const keys = runs.slice(at, at + BLOCK).map((run) => run.key);
      const table = await readRows(keys, [`tags.${quoteKey(key)}`]);
      table.rows.forEach((run, row) => {
        const old = table.cells[0]?.[row];
        before.set(run.key, old === null || old === undefined ? null : String(old));
      });
    }
  } catch (error) {
    notifyError(error);
    return;
  }
  const undo = [...groupBy(runs, (run) => before.get(run.key) ?? null)].map(([old, some]) => ({
    runs: some,
    change: old === null ? { untag: [key] } : { tags: { [key]: old } },
  }));
  await perform(text, [{ runs, change: { tags: { [key]: value } } }], undo);
}
