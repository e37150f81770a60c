/** The view that the team sees first: of an experiment, or of all runs. */

import { useEffect } from "preact/hooks";
import { listViews, queryOf } from "@/api/views";
import { go, linkTo, location } from "@/parts/location";
import { state } from "@/runs/state";

/** Show the default view where the address says nothing but, at most, an experiment. */
export function useDefaultView(): void {
  const { experiments } = state.value;
  const asked = [...location.value.query.keys()].filter((key) => key !== "experiments");
  const isPlain = asked.length === 0 && experiments.length <= 1;
  const experiment = experiments[0] ?? "";
  useEffect(() => {
    if (!isPlain) return;
    const control = new AbortController();
    listViews("runs", experiment, control.signal).then(
      (views) => {
        const found = views.find((one) => one.is_default && one.experiment === experiment);
        if (found) go(linkTo(["runs"], queryOf(found.state)), { replace: true });
      },
      () => undefined, // the table is there without it
    );
    return () => control.abort();
  }, [isPlain, experiment]);
}
