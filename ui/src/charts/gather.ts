/** Requests for points: charts that come into sight together ask the server once. */

import { readOutlines, type SeriesName } from "@/api/series";
import { toPoints, type Points } from "@/charts/points";

/** Which part of a series, and how finely. */
export interface Part {
  readonly buckets: number;
  /** The first and last step; all if missing. */
  readonly first?: number | undefined;
  readonly last?: number | undefined;
}

interface Wish extends SeriesName {
  readonly part: Part;
  readonly signal: AbortSignal;
  readonly resolve: (points: Points) => void;
  readonly reject: (error: unknown) => void;
}

const PATIENCE = 16; // milliseconds in which charts join a request
let waiting: Wish[] = [];

/** Read points of a series; those asked for at the same time are read by one request. */
export function readPoints(name: SeriesName, part: Part, signal: AbortSignal): Promise<Points> {
  return new Promise((resolve, reject) => {
    if (!waiting.length) setTimeout(send, PATIENCE);
    waiting.push({ run: name.run, key: name.key, part, signal, resolve, reject });
  });
}

function send(): void {
  const groups = new Map<string, Wish[]>();
  for (const wish of waiting) {
    if (wish.signal.aborted) continue; // out of sight again
    const { buckets, first, last } = wish.part;
    const name = `${buckets} ${first} ${last}`;
    groups.set(name, [...(groups.get(name) ?? []), wish]);
  }
  waiting = [];
  for (const group of groups.values()) void sendOne(group);
}

/** Send the wishes for one part; the request is aborted once nobody wants it any more. */
async function sendOne(wishes: readonly Wish[]): Promise<void> {
  const control = new AbortController();
  const leave = (): void => {
    if (wishes.every((wish) => wish.signal.aborted)) control.abort();
  };
  for (const wish of wishes) wish.signal.addEventListener("abort", leave);
  const names = new Map(wishes.map((wish) => [nameOf(wish), { run: wish.run, key: wish.key }]));
  const { buckets, ...range } = wishes[0]!.part;
  try {
    const found = await readOutlines([...names.values()], buckets, control.signal, range);
    const points = new Map(found.map((one) => [nameOf(one), toPoints(one)]));
    for (const wish of wishes) wish.resolve(points.get(nameOf(wish))!);
  } catch (error) {
    for (const wish of wishes) wish.reject(error);
  } finally {
    for (const wish of wishes) wish.signal.removeEventListener("abort", leave);
  }
}

/** Return one text for a series, which no other has. */
export function nameOf(one: SeriesName): string {
  return `${one.run}\n${one.key}`;
}
