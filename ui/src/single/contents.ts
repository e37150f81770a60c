/** The contents of files that the page has in it. */

import type { ExportedRun } from "@/single/records";

const TYPES: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  bmp: "image/bmp",
  wav: "audio/wav",
  mp3: "audio/mpeg",
  ogg: "audio/ogg",
  oga: "audio/ogg",
  opus: "audio/ogg",
  flac: "audio/flac",
  m4a: "audio/mp4",
  aac: "audio/aac",
  weba: "audio/webm",
  mp4: "video/mp4",
  webm: "video/webm",
};
const addresses = new Map<string, string>();

/** Return the bytes of a file; undefined if the page does not have it. */
export function bytesOf(run: ExportedRun, path: string): Uint8Array<ArrayBuffer> | undefined {
  const text = Object.hasOwn(run.files, path) ? run.files[path] : undefined;
  if (text === undefined) return undefined;
  return Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
}

/** Return an address of a file for the browser; empty if the page does not have it. */
export function addressOfBytes(run: ExportedRun, path: string, isShown: boolean): string {
  const name = `${isShown} ${run.details.run.id} ${path}`;
  const known = addresses.get(name);
  if (known !== undefined) return known;
  const bytes = bytesOf(run, path);
  const suffix = path.slice(path.lastIndexOf(".") + 1).toLowerCase();
  const type = isShown ? "text/html" : (TYPES[suffix] ?? "application/octet-stream");
  const made = bytes ? URL.createObjectURL(new Blob([bytes], { type })) : "";
  addresses.set(name, made);
  return made;
}
