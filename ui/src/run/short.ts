/** Return the end of the id of a run: it is what tells runs of one time apart. */
export function shortId(id: string): string {
  return id.slice(-8);
}

/** Return the first digits of a digest, without the name of its kind. */
export function shortDigest(digest: string): string {
  return digest.slice(digest.indexOf(":") + 1).slice(0, 12);
}
