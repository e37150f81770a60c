/** The titles of panels. */

/** Return the title of metrics in a section: what the heading does not say already. */
export function titleOf(keys: readonly string[], section: string): string {
  const head = `${section}/`;
  const names = keys.map((key) => (key.startsWith(head) ? key.slice(head.length) : key));
  return names.length > 4 ? `${names.slice(0, 4).join(", ")}, …` : names.join(", ");
}
