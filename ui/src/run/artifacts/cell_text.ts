/** Values of any kind as the text of a cell. */

const LONGEST = 400;

/** Return a value as text, cut where it is longer than a cell. */
export function cellText(value: unknown): string {
  const text = fullText(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** Return a value as text. */
export function fullText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return numberText(value);
  if (value instanceof Date) return dateText(value);
  if (value instanceof Uint8Array) return bytesText(value);
  if (typeof value === "object") return JSON.stringify(value, plain) ?? "";
  return String(value);
}

function numberText(value: number): string {
  if (Number.isInteger(value) || !Number.isFinite(value)) return String(value);
  const short = Number(value.toPrecision(7)); // float32 has no more digits
  return Math.fround(value) === value ? String(short) : String(value);
}

function dateText(value: Date): string {
  if (Number.isNaN(value.getTime())) return "";
  return value
    .toISOString()
    .replace("T", " ")
    .replace(/(?: 00:00:00)?\.000Z$|Z$/, "");
}

function bytesText(bytes: Uint8Array): string {
  const shown = [...bytes.subarray(0, 200)].map((one) => one.toString(16).padStart(2, "0"));
  return `0x${shown.join("")}${bytes.length > 200 ? "…" : ""}`;
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  return value instanceof Uint8Array ? bytesText(value) : value;
}
