/** What this browser keeps for its user: earlier searches, the theme. Sharing is by the address. */

const PREFIX = "treadle.";

/** Read what was kept under a name; the default where there is nothing, or nothing valid. */
export function readKept<T>(name: string, otherwise: T): T {
  try {
    const text = localStorage.getItem(PREFIX + name);
    return text === null ? otherwise : (JSON.parse(text) as T);
  } catch {
    return otherwise;
  }
}

/** Keep a value; a browser that keeps nothing is no reason to fail. */
export function writeKept(name: string, value: unknown): void {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    /* private windows and full disks */
  }
}
