/** A small random forest, which says how much each param explains of a metric. */

/** What a forest found. */
export interface Explained {
  /** For each column, its part of what all of them explain; the parts add up to one. */
  readonly importance: readonly number[];
  /** The part of the differences that is explained, of runs that a tree has not seen. */
  readonly score: number | null;
}

const TREES = 80;
const DEPTH = 8;
const LEAF = 2; // runs in a leaf, at least
const BINS = 24;
const SEED = 7;

interface Forest {
  /** The bin of each value, by column. */
  readonly bins: readonly Uint8Array[];
  readonly target: Float64Array;
  readonly gains: Float64Array;
  readonly random: () => number;
}

/** Explain a target by columns of numbers; the same input gives the same answer. */
export function explain(
  columns: readonly (readonly number[])[],
  target: readonly number[],
): Explained {
  const count = target.length;
  const forest: Forest = {
    bins: columns.map(binned),
    target: Float64Array.from(target),
    gains: new Float64Array(columns.length),
    random: randomOf(SEED),
  };
  const sums = new Float64Array(count);
  const votes = new Float64Array(count);
  for (let tree = 0; tree < TREES; tree++) {
    const rows = Array.from({ length: count }, () => Math.floor(forest.random() * count));
    const root = grow(forest, rows, 0);
    const seen = new Set(rows);
    for (let at = 0; at < count; at++) {
      if (seen.has(at)) continue;
      sums[at]! += predict(forest, root, at);
      votes[at]! += 1;
    }
  }
  const total = forest.gains.reduce((sum, gain) => sum + gain, 0);
  return {
    importance: Array.from(forest.gains, (gain) => (total > 0 ? gain / total : 0)),
    score: scoreOf(forest.target, sums, votes),
  };
}

/** Return random numbers from 0 to 1, the same for the same seed. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Return the bin of each number: about as many of the different numbers in each. */
function binned(values: readonly number[]): Uint8Array {
  const different = [...new Set(values)].sort((one, other) => one - other);
  const places = new Map(different.map((value, at) => [value, at]));
  const scale = Math.min(1, BINS / different.length);
  return Uint8Array.from(values, (value) => Math.floor(places.get(value)! * scale));
}

type Tree =
  | { readonly mean: number }
  | { readonly column: number; readonly bin: number; readonly low: Tree; readonly high: Tree };

function grow(forest: Forest, rows: readonly number[], depth: number): Tree {
  let sum = 0;
  for (const row of rows) sum += forest.target[row]!;
  const leaf: Tree = { mean: sum / rows.length };
  if (depth >= DEPTH || rows.length < 2 * LEAF) return leaf;
  const split = bestSplit(forest, rows, sum);
  if (!split) return leaf;
  forest.gains[split.column]! += split.gain;
  const column = forest.bins[split.column]!;
  const low = rows.filter((row) => column[row]! <= split.bin);
  const high = rows.filter((row) => column[row]! > split.bin);
  return {
    column: split.column,
    bin: split.bin,
    low: grow(forest, low, depth + 1),
    high: grow(forest, high, depth + 1),
  };
}

interface Split {
  readonly column: number;
  readonly bin: number;
  readonly gain: number;
}

function bestSplit(forest: Forest, rows: readonly number[], sum: number): Split | null {
  let best: Split | null = null;
  const share = Math.ceil(forest.bins.length / (forest.bins.length > 30 ? 3 : 2));
  const order = forest.bins.map((_, at) => at);
  for (let at = 0; at < share; at++) {
    const pick = at + Math.floor(forest.random() * (order.length - at));
    const column = order[pick]!;
    order[pick] = order[at]!;
    const found = splitOf(forest, rows, column, sum);
    if (found && found.gain > (best?.gain ?? 1e-12)) best = found;
  }
  return best;
}

/** Return the best place to split the rows by a column: by the loss of squared deviation. */
function splitOf(
  forest: Forest,
  rows: readonly number[],
  column: number,
  sum: number,
): Split | null {
  const bins = forest.bins[column]!;
  const counts = new Float64Array(BINS + 1);
  const sums = new Float64Array(BINS + 1);
  for (const row of rows) {
    counts[bins[row]!]! += 1;
    sums[bins[row]!]! += forest.target[row]!;
  }
  let best: Split | null = null;
  let [below, belowSum] = [0, 0];
  for (let bin = 0; bin < BINS; bin++) {
    below += counts[bin]!;
    belowSum += sums[bin]!;
    const above = rows.length - below;
    if (!counts[bin] || below < LEAF || above < LEAF) continue;
    const gain = belowSum ** 2 / below + (sum - belowSum) ** 2 / above - sum ** 2 / rows.length;
    if (gain > (best?.gain ?? 0)) best = { column, bin, gain };
  }
  return best;
}

function predict(forest: Forest, tree: Tree, row: number): number {
  let now = tree;
  while ("column" in now) now = forest.bins[now.column]![row]! <= now.bin ? now.low : now.high;
  return now.mean;
}

function scoreOf(target: Float64Array, sums: Float64Array, votes: Float64Array): number | null {
  let [count, mean] = [0, 0];
  target.forEach((value, at) => {
    if (votes[at]) [count, mean] = [count + 1, mean + value];
  });
  mean /= count;
  let [left, all] = [0, 0];
  target.forEach((value, at) => {
    if (!votes[at]) return;
    left += (value - sums[at]! / votes[at]!) ** 2;
    all += (value - mean) ** 2;
  });
  return all > 0 ? Math.max(0, 1 - left / all) : null;
}
