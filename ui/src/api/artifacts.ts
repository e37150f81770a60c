/** Calls for the files of a run. */

import { addressOf, ApiError, readError } from "@/api/client";
import { ask } from "@/api/source";
import type { ArtifactRecord } from "@/api/types";

export type { ArtifactRecord };

/** A run as far as its files are concerned. */
export interface RunWithArtifacts {
  readonly run: { readonly id: string };
  readonly artifacts: readonly ArtifactRecord[];
}

/** The most bytes that the server sends at once. */
export const BLOCK = 8 * 1024 * 1024;

/** Return the address of a file as a download, which reads ranges, too. */
export function downloadAddress(run: string, path: string): string {
  return addressOf("run/download", { run, path });
}

/** Return the address of an HTML file in a frame without origin. */
export function showAddress(run: string, path: string, scripts: boolean): string {
  return addressOf("run/show", { run, path, scripts: scripts ? 1 : 0 });
}

/** Read bytes of a file, at most 8 MiB of them. */
export async function readBlock(
  run: string,
  path: string,
  begin: number,
  end: number,
  signal?: AbortSignal,
): Promise<ArrayBuffer> {
  const address = addressOf("run/artifact", { run, path, begin, end });
  let response: Response;
  try {
    response = await ask(address, { credentials: "same-origin", signal: signal ?? null });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "Unreachable", "The server does not answer.", "Is it still running?");
  }
  if (!response.ok) throw await readError(response);
  return response.arrayBuffer();
}

/** Read a range of a file, however long, block by block. */
export async function readRange(
  run: string,
  path: string,
  begin: number,
  end: number,
  signal?: AbortSignal,
): Promise<ArrayBuffer> {
  if (end - begin <= BLOCK) return readBlock(run, path, begin, end, signal);
  const whole = new Uint8Array(end - begin);
  for (let at = begin; at < end; at += BLOCK) {
    const block = await readBlock(run, path, at, Math.min(end, at + BLOCK), signal);
    whole.set(new Uint8Array(block), at - begin);
  }
  return whole.buffer;
}
