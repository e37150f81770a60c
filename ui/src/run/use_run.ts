/** One run, read once and then followed while it runs. */

import { useEffect, useState } from "preact/hooks";
import { isLive, followRun, readRun } from "@/api/run";
import type { RunDetails, RunRecord } from "@/api/types";
import { isAborted } from "@/api/client";

/** A run that is open: what is known of it, and how to change what is shown. */
export interface OpenRun {
  readonly details: RunDetails | undefined;
  readonly error: unknown;
  /** Show a change at once, before the server has answered. */
  patch(change: Partial<RunRecord>): void;
  reload(): void;
}

const REREAD = 3_000; // milliseconds between readings of the nodes of a live run
const SHARE = 10; // of the time that is left between readings of large runs

/** Read a run, and keep it up to date. */
export function useRun(id: string): OpenRun {
  const [details, setDetails] = useState<RunDetails>();
  const [error, setError] = useState<unknown>();
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const control = new AbortController();
    // The address may have its name, which may change: once known, it is read by its id.
    readRun((turn > 0 && details?.run.id) || id, control.signal).then(
      setDetails,
      (problem: unknown) => {
        if (!isAborted(problem)) setError(problem);
      },
    );
    return () => control.abort();
  }, [id, turn]);
  const key = details?.run.id;
  const live = details !== undefined && isLive(details.run);
  useEffect(() => (key && live ? keepUp(key, setDetails) : undefined), [key, live]);
  return {
    details,
    error,
    patch: (change) => setDetails((now) => now && { ...now, run: { ...now.run, ...change } }),
    reload: () => setTurn((now) => now + 1),
  };
}

type Setter = (change: (now: RunDetails | undefined) => RunDetails | undefined) => void;

/** Take the events of a run; its nodes and data are read again after some of them. */
function keepUp(id: string, set: Setter): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let pause = REREAD;
  const control = new AbortController();
  const reread = (): void => {
    const begin = performance.now();
    readRun(id, control.signal)
      .then(
        (next) => set(() => next),
        () => undefined,
      )
      .finally(() => {
        timer = undefined;
        pause = Math.max(REREAD, SHARE * (performance.now() - begin));
      });
  };
  const stop = followRun(id, (now) => {
    const hasEnded = !isLive(now.run);
    if (hasEnded) {
      stop(); // else the browser would ask again and again
      clearTimeout(timer);
      reread();
    } else {
      timer ??= setTimeout(reread, pause);
    }
    if (!hasEnded) set((old) => old && { ...old, run: now.run, metrics: now.metrics });
  });
  return () => {
    stop();
    clearTimeout(timer);
    control.abort();
  };
}
