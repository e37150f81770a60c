/** What all previews share: the file, and its bytes. */

import { readRange, type ArtifactRecord } from "@/api/artifacts";
import { useLoad, type Loaded } from "@/parts/load";

/** The file to show. */
export interface PreviewProps {
  readonly run: string;
  readonly file: ArtifactRecord;
}

/** Load the first bytes of a file. */
export function useBytes({ run, file }: PreviewProps, most: number): Loaded<ArrayBuffer> {
  const end = Math.min(file.size, most);
  return useLoad((signal) => readRange(run, file.path, 0, end, signal), [run, file.digest, end]);
}

/** Return bytes as text; what is not UTF-8 becomes a replacement character. */
export function textOf(bytes: ArrayBuffer): string {
  return new TextDecoder().decode(bytes);
}
