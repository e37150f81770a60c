/** Sorts rows by columns of millions of values, without comparing two at a time. */

import { isMissing } from "@/run/artifacts/table_source";

/** A column to sort by. */
export interface RowKey {
  readonly values: ArrayLike<unknown>;
  readonly descending: boolean;
}

/** Return rows in order; equal ones stay as they are, and missing values come last. */
export function sortRows(rows: Uint32Array, keys: readonly RowKey[]): Uint32Array {
  // Each pass is stable: the last key first.
  return [...keys]
    .reverse()
    .reduce((sorted, key) => byNumbers(sorted, numbersOf(sorted, key)), rows);
}

/** Return a number for each row, by which it is sorted; NaN comes last. */
function numbersOf(rows: Uint32Array, { values, descending }: RowKey): Float64Array {
  const numbers = new Float64Array(rows.length);
  const sign = descending ? -1 : 1;
  for (let at = 0; at < rows.length; at++) {
    const number = numberOf(values[rows[at]!]);
    if (number === null) return ranksOf(rows, values, sign);
    numbers[at] = number === 0 ? 0 : number * sign;
  }
  return numbers;
}

/** Return a value as a number; null if numbers do not tell it from others. */
function numberOf(value: unknown): number | null {
  if (typeof value === "number") return value;
  if (isMissing(value)) return NaN;
  if (typeof value === "boolean") return Number(value);
  if (value instanceof Date) return value.getTime();
  if (typeof value !== "bigint") return null;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : null;
}

/** Return the places of values among all different ones. */
function ranksOf(rows: Uint32Array, values: ArrayLike<unknown>, sign: number): Float64Array {
  const ranks = new Map<unknown, number>();
  const keys = Array.from(rows, (row) => keyOf(values[row]));
  const sorted = [...new Set(keys)].filter((one) => one !== null).sort(compare);
  sorted.forEach((one, at) => ranks.set(one, at));
  return Float64Array.from(keys, (one) => (one === null ? NaN : sign * (ranks.get(one)! + 1)));
}

type Key = string | number | bigint | null;

function keyOf(value: unknown): Key {
  if (isMissing(value) || Number.isNaN(value)) return null;
  if (typeof value === "string" || typeof value === "number" || typeof value === "bigint")
    return value;
  if (value instanceof Date) return value.getTime();
  if (typeof value === "boolean") return Number(value);
  return JSON.stringify(value, (_key, one: unknown) =>
    typeof one === "bigint" ? String(one) : one,
  );
}

/** Compare keys; numbers come before texts. */
function compare(a: Key, b: Key): number {
  const [left, right] = [typeof a === "string", typeof b === "string"];
  if (left !== right) return left ? 1 : -1;
  return a! < b! ? -1 : a! > b! ? 1 : 0;
}

const DIGIT = 16; // bits of a pass
const BUCKETS = 1 << DIGIT;

/** Sort rows by numbers, digit by digit from the lowest. */
function byNumbers(rows: Uint32Array, numbers: Float64Array): Uint32Array {
  const words = sortableWords(numbers);
  let order = Uint32Array.from(rows.keys());
  let next = new Uint32Array(rows.length);
  for (let pass = 0; pass < 4; pass++) {
    const [word, shift] = [pass >> 1, (pass & 1) * DIGIT];
    const digit = (at: number): number => (words[2 * at + word]! >>> shift) & (BUCKETS - 1);
    const starts = new Uint32Array(BUCKETS + 1);
    for (let at = 0; at < rows.length; at++) starts[digit(at) + 1]!++;
    if (starts.includes(rows.length, 1)) continue; // all have the same digit
    for (let at = 0; at < BUCKETS; at++) starts[at + 1]! += starts[at]!;
    for (const at of order) next[starts[digit(at)]!++] = at;
    [order, next] = [next, order];
  }
  return order.map((at) => rows[at]!);
}

/** Return the bits of numbers, the low word first, changed so that they sort as integers. */
function sortableWords(numbers: Float64Array): Uint32Array {
  const words = new Uint32Array(numbers.slice().buffer);
  for (let at = 0; at < numbers.length; at++) {
    const [low, high] = [words[2 * at]!, words[2 * at + 1]!];
    if (Number.isNaN(numbers[at])) words.fill(0xffffffff, 2 * at, 2 * at + 2);
    else if (high >>> 31) [words[2 * at], words[2 * at + 1]] = [~low, ~high];
    else words[2 * at + 1] = high | 0x80000000;
  }
  return words;
}
