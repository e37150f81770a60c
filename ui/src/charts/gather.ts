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
const NEAR = 500; // steps that are read once more so that series can share a request
let waiting: Wish[] = [];

/** Read points of a series; those asked for at the same time are read by one request. */
export function readPoints(name: SeriesName, part: Part, signal: AbortSignal): Promise<Points> {
  return new Promise((resolve, reject) => {
    if (!waiting.length) setTimeout(send, PATIENCE);
    waiting.push({ run: name.run, key: name.key, part, signal, resolve, reject });
  });
}

function send(): void {
  const wishes = waiting.filter((wish) => !wish.signal.aborted); // others are out of sight again
  waiting = [];
  const groups = new Map<string, Wish[]>();
  const growing: Wish[] = [];
  for (const wish of wishes) {
    const { buckets, first, last } = wish.part;
    const name = `${buckets} ${first} ${last}`;
    if (first !== undefined && last === undefined) growing.push(wish);
    else if (groups.has(name)) groups.get(name)!.push(wish);
    else groups.set(name, [wish]);
  }
  for (const group of [...groups.values(), ...together(growing)]) void sendOne(group);
}

/** Return what live charts wish in as few requests as their last steps allow. */
function together(wishes: readonly Wish[]): Wish[][] {
  const groups: Wish[][] = [];
  for (const wish of [...wishes].sort((one, other) => one.part.first! - other.part.first!)) {
    const group = groups.at(-1);
    const isNear = group && wish.part.first! - group[0]!.part.first! <= NEAR;
    if (isNear) group.push(wish);
    else groups.push([wish]);
  }
  return groups;
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
