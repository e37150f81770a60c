// @vitest-environment node
import { describe, expect, test } from "vitest";
import { linesOf, type Choice } from "@/run/params/tree";

const ALL: Choice = { find: "", onlyDiffering: false, isTree: true, isOpen: () => true };
const NOW = { "model.depth": 6, "model.opt.lr": 0.1, seed: 7, "layer10.w": 1, "layer2.w": 1 };

const shown = (choice: Partial<Choice>, before?: Record<string, number>): string[] =>
  linesOf(NOW, before, { ...ALL, ...choice }).map((one) => `${" ".repeat(one.depth)}${one.name}`);

describe("linesOf", () => {
  test("nests by dots, numbers in order", () => {
    expect(shown({})).toEqual([
      "seed",
      "layer2",
      " w",
      "layer10",
      " w",
      "model",
      " depth",
      " opt",
      "  lr",
    ]);
  });

  test("folds groups, and counts what is in them", () => {
    const lines = linesOf(NOW, undefined, { ...ALL, isOpen: () => false });
    expect(lines.map((one) => [one.name, one.count])).toEqual([
      ["seed", 0],
      ["layer2", 1],
      ["layer10", 1],
      ["model", 2],
    ]);
  });

  test("opens what a search finds, by name or value", () => {
    expect(shown({ find: "LR", isOpen: () => false })).toEqual(["model", " opt", "  lr"]);
    expect(shown({ find: "7", isTree: false })).toEqual(["seed"]);
  });

  test("shows what differs, also what only the other run has", () => {
    const before = { ...NOW, seed: 8, gone: 1 };
    expect(shown({ onlyDiffering: true, isTree: false }, before)).toEqual(["gone", "seed"]);
    expect(shown({ isTree: false }, before)).not.toContain("gone");
  });

  test("has a param and a group of the same name", () => {
    const lines = linesOf({ a: 1, "a.b": 2 }, undefined, ALL);
    expect(lines.map((one) => [one.name, one.value])).toEqual([
      ["a", 1],
      ["a", undefined],
      ["b", 2],
    ]);
  });

  test("is quick with thousands", () => {
    const many = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, at) => [`a${at % 50}.b${at}`, at]),
    );
    const begin = performance.now();
    expect(linesOf(many, many, ALL)).toHaveLength(20_050);
    expect(performance.now() - begin).toBeLessThan(1_000);
  });
});
