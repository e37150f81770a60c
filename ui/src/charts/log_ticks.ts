/** The ticks of logarithmic axes. */

const MOST = 9; // ticks that have a name
const FEW_DECADES = 3;

/** Return the ticks of a range: powers of ten, and what is between them as far as there is room. */
export function logTicks(low: number, high: number): number[] {
  if (!(low > 0 && high > low)) return [];
  const first = Math.floor(Math.log10(low));
  const last = Math.ceil(Math.log10(high));
  const decades = Math.log10(high / low);
  if (decades < 0.7) return evenTicks(low, high);
  const ticks: number[] = [];
  const stride = Math.ceil(decades / MOST);
  for (let power = first; power <= last; power++) {
    if (decades > FEW_DECADES && power % stride) continue;
    const parts = decades > FEW_DECADES ? [1] : [1, 2, 3, 4, 5, 6, 7, 8, 9];
    for (const part of parts) {
      const tick = Number(`${part}e${power}`);
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}

/** Return ticks at equal distances, for a range within a decade. */
function evenTicks(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * size).find((one) => one >= rough)!;
  const ticks: number[] = [];
  for (let count = Math.ceil(low / step); count * step <= high; count++) {
    ticks.push(Number((count * step).toPrecision(12)));
  }
  return ticks;
}

/** Whether a tick has its number written: of many, the powers of ten, and 2 and 5 of them. */
export function isNamedTick(tick: number, ticks: readonly number[]): boolean {
  if (ticks.length <= MOST) return true;
  const digit = Math.round(tick / 10 ** Math.floor(Math.log10(tick) + 1e-9));
  const decades = Math.log10(ticks.at(-1)! / ticks[0]!);
  return digit === 1 || (decades <= 2 && (digit === 2 || digit === 5));
}
