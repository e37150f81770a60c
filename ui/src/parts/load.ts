/** Loading of a value for a component: the newest request wins, and earlier ones are aborted. */

import { useEffect, useState } from "preact/hooks";
import { isAborted } from "@/api/client";

export interface Loaded<T> {
  readonly value: T | undefined;
  readonly error: unknown;
  readonly isLoading: boolean;
  reload(): void;
}

/** Load a value again whenever its dependencies change; the old one is shown meanwhile. */
export function useLoad<T>(
  load: (signal: AbortSignal) => Promise<T>,
  dependencies: readonly unknown[],
): Loaded<T> {
  const [state, setState] = useState<{ value?: T; error?: unknown; isLoading: boolean }>({
    isLoading: true,
  });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const control = new AbortController();
    setState((now) => ({ ...now, isLoading: true }));
    load(control.signal).then(
      (value) => {
        if (!control.signal.aborted) setState({ value, isLoading: false });
      },
      (error: unknown) => {
        if (!isAborted(error)) setState({ error, isLoading: false });
      },
    );
    return () => control.abort();
  }, [...dependencies, turn]);
  return {
    value: state.value,
    error: state.error,
    isLoading: state.isLoading,
    reload: () => setTurn((now) => now + 1),
  };
}
