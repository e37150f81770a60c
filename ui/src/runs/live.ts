/** Keeps the table up to date while runs start, log and end. */

import { followRuns, type RunsMark } from "@/api/live";
import { forgetCurves } from "@/runs/curves";
import { list } from "@/runs/list";
import { loadExperiments } from "@/runs/experiments";
import { search } from "@/runs/state";

/** Follow the store until the page is left; return how to stop. */
export function keepLive(visible: () => readonly number[]): () => void {
  let newest: number | null = null;
  return followRuns((mark: RunsMark) => {
    const isFirst = newest === null;
    const hasNew = mark.newest !== newest;
    newest = mark.newest;
    if (isFirst) return;
    if (hasNew) {
      void list.data.reorder(search.value);
      void loadExperiments();
    }
    const changing = visible().filter((key) => list.data.row(key)?.run.status === "running");
    forgetCurves(changing.flatMap((key) => list.data.row(key)?.run.id ?? []));
    void list.data.refresh(changing);
  });
}
