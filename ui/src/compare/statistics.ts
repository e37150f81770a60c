/** How strongly two columns of numbers go together. */

/** Return the linear correlation of pairs of numbers; null for fewer than three of them. */
export function pearson(xs: readonly number[], ys: readonly number[]): number | null {
  const count = xs.length;
  if (count < 3) return null;
  const [meanX, meanY] = [meanOf(xs), meanOf(ys)];
  let [xy, xx, yy] = [0, 0, 0];
  for (let at = 0; at < count; at++) {
    const [dx, dy] = [xs[at]! - meanX, ys[at]! - meanY];
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  }
  return xx > 0 && yy > 0 ? Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy))) : null;
}

/** Return Spearman's correlation: that of the ranks, for relations that are no straight line. */
export function spearman(xs: readonly number[], ys: readonly number[]): number | null {
  return pearson(ranksOf(xs), ranksOf(ys));
}

/** Return the ranks of numbers; equal ones share the mean of theirs. */
export function ranksOf(values: readonly number[]): number[] {
  const order = values.map((_, at) => at).sort((one, other) => values[one]! - values[other]!);
  const ranks = new Array<number>(values.length);
  for (let begin = 0; begin < order.length;) {
    let end = begin + 1;
    while (end < order.length && values[order[end]!] === values[order[begin]!]) end++;
    for (let at = begin; at < end; at++) ranks[order[at]!] = (begin + end - 1) / 2 + 1;
    begin = end;
  }
  return ranks;
}

/** Return the mean of numbers. */
export function meanOf(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
