import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Outline, SeriesName } from "@/api/series";
import { SeriesReader } from "@/charts/reader";

interface Asked {
  readonly names: readonly SeriesName[];
  readonly buckets: number;
  readonly signal: AbortSignal | undefined;
  readonly range: { first?: number; last?: number };
  readonly answer: (values: (name: SeriesName) => Partial<Outline>) => void;
  readonly fail: (error: Error) => void;
}

const asked: Asked[] = [];

vi.mock("@/api/series", () => ({
  readOutlines: (
    names: SeriesName[],
    buckets: number,
    signal: AbortSignal,
    range: { first?: number; last?: number },
  ) =>
    new Promise<Outline[]>((resolve, fail) => {
      const answer = (make: (name: SeriesName) => Partial<Outline>): void =>
        resolve(
          names.map((name) => ({ ...name, steps: [], times: [], values: [], ...make(name) })),
        );
      asked.push({ names, buckets, signal, range, answer, fail });
    }),
}));

const columns = (...steps: number[]): Partial<Outline> => ({ steps, times: steps, values: steps });
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(30);

beforeEach(() => {
  asked.length = 0;
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

describe("a reader of series", () => {
  const name = { run: "r", key: "loss" };

  it("asks once for charts that come into sight together", async () => {
    const readers = Array.from({ length: 20 }, () => new SeriesReader(() => undefined));
    readers.forEach((one, at) => one.want([{ run: "r", key: `m${at % 10}` }], 500, null));
    await settle();
    expect(asked.length).toBe(1);
    expect(asked[0]!.names.length).toBe(10);
  });

  it("asks for nothing that is out of sight again", async () => {
    const reader = new SeriesReader(() => undefined);
    reader.want([name], 500, null);
    reader.close();
    await settle();
    expect(asked.length).toBe(0);
    const other = new SeriesReader(() => undefined);
    other.want([name], 500, null);
    await settle();
    other.close();
    expect(asked[0]!.signal!.aborted).toBe(true);
  });

  it("reads of a live series only what is new", async () => {
    const changed = vi.fn();
    const reader = new SeriesReader(changed);
    reader.want([{ ...name, count: 3 }], 500, null);
    await settle();
    asked[0]!.answer(() => columns(0, 1, 2));
    await settle();
    reader.want([{ ...name, count: 3 }], 500, null);
    await settle();
    expect(asked.length).toBe(1);
    reader.want([{ ...name, count: 5 }], 500, null);
    await settle();
    expect(asked[1]!.range).toEqual({ first: 2, last: undefined });
    asked[1]!.answer(() => columns(2, 3, 4));
    await settle();
    expect([...reader.pointsOf(name, false).steps]).toEqual([0, 1, 2, 3, 4]);
    expect(changed).toHaveBeenCalledTimes(2);
  });

  it("does not grow without end", async () => {
    const reader = new SeriesReader(() => undefined);
    reader.want([{ ...name, count: 1 }], 10, null);
    await settle();
    asked[0]!.answer(() => columns(0));
    await settle();
    for (let turn = 1; turn <= 50; turn++) {
      reader.want([{ ...name, count: 1 + turn * 20 }], 10, null);
      await settle();
      const steps = Array.from({ length: 21 }, (_, at) => (turn - 1) * 20 + at);
      asked.at(-1)!.answer(() => columns(...steps));
      await settle();
    }
    const { steps } = reader.pointsOf(name, false);
    expect(steps.length).toBeLessThan(110);
    expect([steps[0], steps.at(-1)]).toEqual([0, 1000]);
  });

  it("reads all again when points came between the others", async () => {
    const reader = new SeriesReader(() => undefined);
    reader.want([{ ...name, count: 2 }], 500, null);
    await settle();
    asked[0]!.answer(() => columns(0, 9));
    await settle();
    reader.want([{ ...name, count: 3 }], 500, null);
    await settle();
    asked[1]!.answer(() => columns(9));
    await settle();
    expect(asked[2]!.range).toEqual({});
    asked[2]!.answer(() => columns(0, 5, 9));
    await settle();
    expect([...reader.pointsOf(name, false).steps]).toEqual([0, 5, 9]);
  });

  it("reads a range finer, and keeps the whole for the way back", async () => {
    const reader = new SeriesReader(() => undefined);
    reader.want([name], 500, null);
    await settle();
    asked[0]!.answer(() => columns(0, 50, 100));
    await settle();
    reader.want([name], 500, [40, 60]);
    await settle();
    expect(asked[1]!.range).toEqual({ first: 40, last: 60 });
    expect([...reader.pointsOf(name, true).steps]).toEqual([0, 50, 100]);
    asked[1]!.answer(() => columns(40, 50, 60));
    await settle();
    expect([...reader.pointsOf(name, true).steps]).toEqual([40, 50, 60]);
    expect([...reader.pointsOf(name, false).steps]).toEqual([0, 50, 100]);
  });

  it("tells what failed, and reads again when asked to", async () => {
    const reader = new SeriesReader(() => undefined);
    reader.want([name], 500, null);
    await settle();
    asked[0]!.fail(new Error("gone"));
    await settle();
    expect(reader.error).toEqual(new Error("gone"));
    reader.retry();
    reader.want([name], 500, null);
    await settle();
    asked[1]!.answer(() => columns(1));
    await settle();
    expect(reader.error).toBeNull();
    expect(reader.has(name)).toBe(true);
  });
});
