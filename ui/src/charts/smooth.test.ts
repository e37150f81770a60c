// @vitest-environment node
import { describe, expect, it } from "vitest";
import { smooth, unitOf } from "@/charts/smooth";

const x = Float64Array.of(0, 1, 2, 3, 4);
const y = Float64Array.of(1, 2, 3, 4, 10);

describe("smoothing", () => {
  it("is the textbook's exponential average without bias", () => {
    let [sum, weight] = [0, 0];
    const expected = [...y].map((value) => {
      sum = 0.6 * sum + 0.4 * value;
      weight = 0.6 * weight + 0.4;
      return sum / weight;
    });
    const found = smooth(x, y, { kind: "ema", amount: 0.6 }, 1);
    expected.forEach((value, at) => expect(found[at]).toBeCloseTo(value, 12));
    expect(found[0]).toBe(1);
  });

  it("counts the points that a sample left out", () => {
    const constant = smooth(Float64Array.of(0, 9), Float64Array.of(0, 1), ema(0.5), 1);
    expect(constant[1]).toBeCloseTo(1, 2);
  });

  it("takes the mean of the points around each", () => {
    expect([...smooth(x, y, { kind: "mean", amount: 2 }, 1)]).toEqual([1.5, 2, 3, 17 / 3, 7]);
  });

  it("weighs by a bell, and keeps a constant", () => {
    const flat = smooth(x, new Float64Array(5).fill(7), { kind: "gaussian", amount: 1 }, 1);
    for (const value of flat) expect(value).toBeCloseTo(7, 12);
    const bell = smooth(x, Float64Array.of(0, 0, 1, 0, 0), { kind: "gaussian", amount: 1 }, 1);
    expect(bell[2]! > bell[1]! && bell[1]! > bell[0]!).toBe(true);
  });

  it("leaves what is not finite where it is", () => {
    const odd = Float64Array.of(1, NaN, 1, Infinity, 1);
    for (const kind of ["ema", "mean", "gaussian"] as const) {
      expect([...smooth(x, odd, { kind, amount: 0.9 }, 1)]).toEqual([1, NaN, 1, Infinity, 1]);
    }
  });

  it("means the same for short and long curves", () => {
    expect(unitOf([0, 99], 100)).toBe(1);
    expect(unitOf([0, 999_999], 1_000_000)).toBeCloseTo(1_000, 2);
    expect(unitOf([5, 5], 1)).toBe(1);
  });
});

function ema(amount: number) {
  return { kind: "ema", amount } as const;
}
