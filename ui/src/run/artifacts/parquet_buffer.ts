/** The bytes of a Parquet file, as they are asked for; those read last are kept. */

import type { AsyncBuffer } from "hyparquet";
import { readRange, type ArtifactRecord } from "@/api/artifacts";

const KEPT = 192 * 1024 * 1024; // bytes

/** Return the bytes of an artifact by ranges. */
export function bufferOf(run: string, file: ArtifactRecord): AsyncBuffer {
  return keeping({
    byteLength: file.size,
    slice: (begin, end = file.size) => {
      const from = begin < 0 ? Math.max(0, file.size + begin) : begin;
      return readRange(run, file.path, from, end < 0 ? file.size + end : end);
    },
  });
}

/** Return a buffer that asks for the same range again only after many others. */
export function keeping(buffer: AsyncBuffer, most: number = KEPT): AsyncBuffer {
  const kept = new Map<string, { bytes: Promise<ArrayBuffer>; size: number }>();
  let total = 0;
  const forget = (key: string): void => {
    total -= kept.get(key)?.size ?? 0;
    kept.delete(key);
  };
  const slice = (begin: number, end: number = buffer.byteLength): Promise<ArrayBuffer> => {
    const key = `${begin}-${end}`;
    const found = kept.get(key);
    if (found) return found.bytes;
    const bytes = Promise.resolve(buffer.slice(begin, end));
    const size = Math.max(0, end - Math.max(0, begin));
    kept.set(key, { bytes, size });
    total += size;
    for (const old of kept.keys()) if (total > most && old !== key) forget(old);
    bytes.catch(() => forget(key));
    return bytes;
  };
  return { byteLength: buffer.byteLength, slice };
}
