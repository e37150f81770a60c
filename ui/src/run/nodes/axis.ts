/** The axis of a timeline: a range of seconds since the start of the run, and its ticks. */

/** A range of seconds since the start of the run. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** Return the range that the address names, inside that of the whole run. */
export function parseRange(text: string, whole: Range): Range {
  const [first, last] = text.split("~").map(Number);
  if (first === undefined || last === undefined || !(last > first)) return whole;
  return clamp({ first, last }, whole);
}

/** Return a range as the address writes it; empty for the whole run. */
export function formatRange(range: Range, whole: Range): string {
  if (range.first <= whole.first && range.last >= whole.last) return "";
  return `${round(range.first)}~${round(range.last)}`;
}

function round(value: number): number {
  return Number(value.toPrecision(6));
}

/** Return a range inside another one, as long as it was where that is possible. */
export function clamp(range: Range, whole: Range): Range {
  const length = Math.min(range.last - range.first, whole.last - whole.first);
  const first = Math.min(Math.max(range.first, whole.first), whole.last - length);
  return { first, last: first + length };
}

/** Return a range after zooming in (factor below 1) or out around a moment. */
export function zoom(range: Range, whole: Range, factor: number, at: number): Range {
  const least = (whole.last - whole.first) / 1e5;
  const length = Math.max(least, (range.last - range.first) * factor);
  const share = (at - range.first) / (range.last - range.first);
  const first = at - share * length;
  return clamp({ first, last: first + length }, whole);
}

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];

/** Return moments at round numbers, about as many as asked. */
export function ticks(range: Range, count: number): number[] {
  const length = range.last - range.first;
  const wanted = length / Math.max(1, count);
  const step = stepOf(wanted);
  const found: number[] = [];
  for (let at = Math.ceil(range.first / step) * step; at <= range.last; at += step) {
    found.push(Number(at.toPrecision(12)));
  }
  return found;
}

function stepOf(wanted: number): number {
  if (wanted >= 1) return STEPS.find((step) => step >= wanted) ?? Math.ceil(wanted / 86400) * 86400;
  const power = 10 ** Math.floor(Math.log10(wanted));
  return [1, 2, 5, 10].map((part) => part * power).find((step) => step >= wanted * 0.999)!;
}
