/** A file that is read from its start, 8 MiB at a time. */

import { useEffect, useRef, useState } from "preact/hooks";
import { BLOCK, readBlock } from "@/api/artifacts";
import { isAborted } from "@/api/client";
import { decoderFor, type PreviewProps } from "@/run/artifacts/preview";

export interface Growing {
  /** What is read so far. */
  readonly text: string | undefined;
  readonly error: unknown;
  /** The number of bytes that are not read yet. */
  readonly rest: number;
  readonly isLoading: boolean;
  more(): void;
}

/** Read the text of a file, block by block; characters may lie across two blocks. */
export function useGrowing({ run, file }: PreviewProps, block: number = BLOCK): Growing {
  const [state, setState] = useState({ text: undefined as string | undefined, end: 0 });
  const [wanted, setWanted] = useState(1);
  const [error, setError] = useState<unknown>(null);
  const decoder = useRef<TextDecoder | null>(null);
  const isLoading = state.end < Math.min(file.size, wanted * block);
  useEffect(() => {
    if (!isLoading) return;
    const control = new AbortController();
    const end = Math.min(file.size, state.end + block);
    readBlock(run, file.path, state.end, end, control.signal).then(
      (bytes) => {
        decoder.current ??= decoderFor(bytes);
        const part = decoder.current.decode(bytes, { stream: end < file.size });
        setState((now) => ({ text: (now.text ?? "") + part, end }));
      },
      (problem: unknown) => {
        if (!isAborted(problem)) setError(problem);
      },
    );
    return () => control.abort();
  }, [wanted, state.end]);
  return {
    text: state.text,
    error,
    rest: file.size - state.end,
    isLoading,
    more: () => setWanted((now) => now + 1),
  };
}
