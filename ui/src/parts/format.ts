/** Numbers, times and sizes as a person reads them. */

export type Cell = string | number | boolean | null | undefined;

const DIGITS = 5;
const GROUPED = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** Return a number with a sensible number of digits. */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e9 && (Number.isInteger(value) || size >= 1e5)) return minus(GROUPED.format(value));
  if (size >= 1e9 || size < 1e-4) return minus(shorten(value.toExponential(3)));
  return minus(shorten(value.toPrecision(DIGITS)));
}

function shorten(text: string): string {
  const [digits = "", exponent] = text.split("e");
  const short = digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;
  return exponent === undefined ? short : `${short}e${exponent.replace("+", "")}`;
}

function minus(text: string): string {
  return text.replace(/^-/, "−");
}

/** Return a value of a table as text. */
export function formatCell(value: Cell): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return formatNumber(value);
  return String(value);
}

/** Return the number that JSON holds, where NaN and the infinities are texts. */
export function toNumber(value: Cell): number | null {
  if (typeof value === "number") return value;
  if (value === "NaN") return NaN;
  if (value === "Infinity") return Infinity;
  return value === "-Infinity" ? -Infinity : null;
}

/** Return seconds as a duration: `350 ms`, `12.3 s`, `4 m 5 s`, `3 h 12 m`, `2 d 4 h`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return "–";
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 59.95) return `${shorten(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return joined([Math.floor(whole / 60), "m"], [whole % 60, "s"]);
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return joined([Math.floor(minutes / 60), "h"], [minutes % 60, "m"]);
  const hours = Math.round(seconds / 3600);
  return joined([Math.floor(hours / 24), "d"], [hours % 24, "h"]);
}

function joined(...parts: [number, string][]): string {
  return parts
    .filter(([count], at) => at === 0 || count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
}

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

/** Return a number of bytes with its unit. */
export function formatSize(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : shorten(value.toPrecision(3))} ${UNITS[power]}`;
}

const two = (value: number): string => String(value).padStart(2, "0");

/** Return a moment in local time, exact to the second. */
export function formatMoment(seconds: number): string {
  const time = new Date(seconds * 1000);
  if (Number.isNaN(time.getTime())) return "–";
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

/** Return how long ago a moment was, or its date if that is longer than a week. */
export function formatAge(seconds: number, now: number = Date.now() / 1000): string {
  const age = now - seconds;
  if (age < 5) return "just now";
  if (age < 60) return `${Math.floor(age)} s ago`;
  if (age < 3600) return `${Math.floor(age / 60)} min ago`;
  if (age < 86_400) return `${Math.floor(age / 3600)} h ago`;
  return age < 7 * 86_400
    ? `${Math.floor(age / 86_400)} d ago`
    : formatMoment(seconds).slice(0, 10);
}

/** Return a count with its noun. */
export function formatCount(count: number, one: string, many: string = `${one}s`): string {
  return `${GROUPED.format(count)} ${count === 1 ? one : many}`;
}
