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

/** Return bytes as text. */
export function textOf(bytes: ArrayBuffer): string {
  return decoderFor(bytes).decode(bytes);
}

/** Return what reads a text: UTF-8, unless its first bytes are clearly something else. */
export function decoderFor(bytes: ArrayBuffer): TextDecoder {
  const [first, second] = new Uint8Array(bytes.slice(0, 2));
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le");
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be");
  const text = new TextDecoder().decode(bytes.slice(0, SAMPLE), { stream: true });
  const others = text.match(/[^\0-\x7f]/g) ?? [];
  const unknown = others.filter((one) => one === "\ufffd").length;
  return new TextDecoder(unknown * 2 > others.length ? "windows-1252" : "utf-8");
}

const SAMPLE = 1 << 18;
