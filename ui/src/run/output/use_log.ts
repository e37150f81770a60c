/** The part of a log that is shown, as the address asks for it. */

import { useEffect, useRef, useState } from "preact/hooks";
import { isAborted } from "@/api/client";
import * as log from "@/run/output/log_window";
import type { Filter, LogState } from "@/run/output/log_window";

/** The part of a log that is shown. */
export interface ShownLog {
  readonly state: LogState;
  readonly error: unknown;
  readonly isLoading: boolean;
  /** The key of the line to bring into view; undefined if none is asked for. */
  readonly target: number | undefined;
  /** Whether the end is meant, and followed while lines come. */
  readonly isAtEnd: boolean;
  /** Changes when another place is shown. */
  readonly turn: number;
  extend(direction: "back" | "on"): void;
}

const POLL = 1_000; // milliseconds between looks for new lines

interface Found {
  turn: number;
  state: LogState;
  target: number | undefined;
  isAtEnd: boolean;
}

type Opened = Omit<Found, "turn">;

async function open(run: string, at: string, filter: Filter, signal: AbortSignal): Promise<Opened> {
  if (at === "start") {
    return { state: await log.readStart(run, filter, signal), target: undefined, isAtEnd: false };
  }
  const key = at === "error" ? await log.findError(run, signal) : Number(at || NaN);
  if (key !== undefined && Number.isFinite(key)) {
    const state = await log.readAround(run, filter, key, signal);
    return { state, target: key, isAtEnd: false };
  }
  return { state: await log.readEnd(run, filter, signal), target: undefined, isAtEnd: true };
}

const NOTHING: Found = { turn: 0, state: log.EMPTY, target: undefined, isAtEnd: true };

/** Read the log of a run around a place: `start`, `end`, `error` or the key of a line. */
export function useLog(run: string, at: string, filter: Filter, isLive: boolean): ShownLog {
  const [found, setFound] = useState<Found>(NOTHING);
  const [error, setError] = useState<unknown>();
  const [isLoading, setLoading] = useState(true);
  const control = useRef(new AbortController());
  const isBusy = useRef(false);
  const held = useRef(found);
  held.current = found;
  const fail = (problem: unknown): void => {
    if (!isAborted(problem)) setError(problem);
  };
  const extend = (direction: "back" | "on"): void => {
    if (isBusy.current) return;
    isBusy.current = true;
    const step = direction === "back" ? log.extendBack : log.extendOn;
    const now = held.current.state;
    step(run, filter, now, control.current.signal)
      .then((state) => state !== now && setFound((old) => ({ ...old, state })), fail)
      .finally(() => (isBusy.current = false));
  };
  useEffect(() => {
    const own = (control.current = new AbortController());
    setLoading(true);
    open(run, at, filter, own.signal)
      .then((next) => setFound((old) => ({ ...next, turn: old.turn + 1 })), fail)
      .finally(() => own.signal.aborted || setLoading(false));
    return () => own.abort();
  }, [run, at, filter.level, filter.text]);
  usePolling(isLive, () => held.current.state.hasAfter || extend("on"));
  return { ...found, error, isLoading, extend };
}

/** Look again and again while a run is live, and once after its end. */
function usePolling(isLive: boolean, act: () => void): void {
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => {
    if (!isLive) return undefined;
    const timer = setInterval(() => latest.current(), POLL);
    return () => {
      clearInterval(timer);
      setTimeout(() => latest.current(), POLL / 2);
    };
  }, [isLive]);
}
