import { describe, expect, it } from "vitest";
import type { MediaSeries } from "@/api/media";
import { chosenSeries, itemAt, mayHaveMedia, stepsOf } from "@/run/media/series";
import { indexAt } from "@/run/media/slider";

const series = (key: string, kind: MediaSeries["kind"], steps: number[]): MediaSeries => ({
  key,
  kind,
  items: steps.map((step) => ({ step, path: `${key}/${step}` })),
});
const all = [
  series("b", "text", [0, 20]),
  series("head 10", "image", [5]),
  series("head 9", "image", [5, 10]),
];

describe("series", () => {
  it("have all their steps in order, and images first", () => {
    expect(stepsOf(all)).toEqual([0, 5, 10, 20]);
    expect(chosenSeries(all, "").map((one) => one.key)).toEqual(["head 9", "head 10", "b"]);
    expect(chosenSeries(all, "10 HEAD").map((one) => one.key)).toEqual(["head 10"]);
  });

  it("show what was logged last at a step", () => {
    expect(itemAt(all[0]!, 19)?.step).toBe(0);
    expect(itemAt(all[0]!, 20)?.step).toBe(20);
    expect(itemAt(all[1]!, 4)).toBeNull();
    expect(indexAt([0, 5, 10], 7)).toBe(1);
    expect(indexAt([5], -1)).toBe(0);
  });

  it("are looked for only where there may be some", () => {
    expect(mayHaveMedia([{ path: "a/media/x" }])).toBe(false);
    expect(mayHaveMedia([{ path: "media/x/0.png" }])).toBe(true);
  });
});
