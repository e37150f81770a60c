/** Calls for the contents of small artifacts. */

import { addressOf, readError } from "@/api/client";
import { ask } from "@/api/source";

const MOST = 8 << 20; // what the server sends at once

/** Read the first bytes of a file of a run, 8 MiB at most. */
export async function readArtifact(
  run: string,
  path: string,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const address = addressOf("run/artifact", { run, path, begin: 0, end: MOST });
  const response = await ask(address, { credentials: "same-origin", signal: signal ?? null });
  if (!response.ok) throw await readError(response);
  return new Uint8Array(await response.arrayBuffer());
}

/** Read the beginning of a text file of a run. */
export async function readArtifactText(
  run: string,
  path: string,
  signal?: AbortSignal,
): Promise<string> {
  return new TextDecoder().decode(await readArtifact(run, path, signal));
}

/** Return the address at which a file of a run is downloaded. */
export function downloadAddress(run: string, path: string): string {
  return addressOf("run/download", { run, path });
}
