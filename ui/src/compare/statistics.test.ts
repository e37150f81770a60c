import { expect, test } from "vitest";
import { explain, randomOf } from "@/compare/forest";
import { fieldOf } from "@/compare/fields";
import { encode, influencesOf } from "@/compare/importance";
import { pearson, ranksOf, spearman } from "@/compare/statistics";
import type { Cell } from "@/parts/format";

test("ranks share their mean where values are equal", () => {
  expect(ranksOf([10, 20, 10, 30])).toEqual([1.5, 3, 1.5, 4]);
});

test("correlations see lines, and ranks see curves", () => {
  const xs = [1, 2, 3, 4, 5];
  expect(pearson(xs, [2, 4, 6, 8, 10])).toBeCloseTo(1);
  expect(pearson(xs, [5, 4, 3, 2, 1])).toBeCloseTo(-1);
  const curve = xs.map((x) => Math.exp(3 * x));
  expect(spearman(xs, curve)).toBeCloseTo(1);
  expect(pearson(xs, curve)).toBeLessThan(0.9);
});

test("there is no correlation of few numbers, or of equal ones", () => {
  expect(pearson([1, 2], [1, 2])).toBeNull();
  expect(pearson([1, 1, 1], [1, 2, 3])).toBeNull();
});

function table(count: number) {
  const random = randomOf(1);
  const rows = Array.from({ length: count }, () => [random(), random(), random()] as const);
  const target = rows.map(([one, other]) => 3 * one + Math.sin(6 * other));
  return { columns: [0, 1, 2].map((at) => rows.map((row) => row[at]!)), target };
}

test("a forest finds what explains a number, and not what does not", () => {
  const { columns, target } = table(200);
  const { importance, score } = explain(columns, target);
  expect(importance[2]).toBeLessThan(0.05);
  expect(Math.min(importance[0]!, importance[1]!)).toBeGreaterThan(0.2);
  expect(importance.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1);
  expect(score).toBeGreaterThan(0.8);
});

test("a forest says the same every time", () => {
  const { columns, target } = table(60);
  expect(explain(columns, target)).toEqual(explain(columns, target));
});

test("texts count by the mean of their runs, and missing values are values of their own", () => {
  expect(encode(["a", "b", "a", null], [1, 5, 3, 9])).toEqual([2, 5, 2, 9]);
  expect(encode([1, null, 3], [0, 0, 0])).toEqual([1, 0, 3]);
});

test("params that differ are ranked, and runs without the metric are left out", () => {
  const values: Record<string, Cell[]> = {
    lr: [1, 2, 3, 4, 5, 6, 7, 8],
    kind: ["a", "b", "a", "b", "a", "b", "a", "b"],
    same: [1, 1, 1, 1, 1, 1, 1, 1],
  };
  const fields = Object.keys(values).map((key) => fieldOf("params", key));
  const metric = [2, 4, 6, 8, 10, 12, 14, null];
  const found = influencesOf(fields, (field) => values[field.key]!, metric);
  expect(found.runs).toBe(7);
  expect(found.rows.map((row) => row.field.key)).toEqual(["lr", "kind"]);
  expect(found.rows[0]!.pearson).toBeCloseTo(1);
  expect(found.rows[1]!.pearson).toBeNull();
});

test("few runs say nothing", () => {
  const fields = [fieldOf("params", "lr")];
  expect(influencesOf(fields, () => [1, 2], [1, 2])).toEqual({ rows: [], score: null, runs: 2 });
});
