import { describe, expect, it } from "vitest";
import type { ArtifactRecord } from "@/api/artifacts";
import { findEntry, foldersOf, linesOf, treeOf } from "@/run/artifacts/tree";

const file = (path: string, size = 1): ArtifactRecord => ({
  path,
  size,
  digest: `d${path}`,
  time: 0,
});
const root = treeOf([file("b.txt", 5), file("a/2.txt"), file("a/10.txt"), file("a/c/x.txt", 7)]);

describe("treeOf", () => {
  it("puts folders first, sorts numbers as numbers, and adds up", () => {
    expect(root.children.map((one) => one.path)).toEqual(["a", "b.txt"]);
    expect(root.children[0]!.children.map((one) => one.name)).toEqual(["c", "2.txt", "10.txt"]);
    expect(root).toMatchObject({ size: 14, count: 4 });
  });

  it("keeps names that objects have", () => {
    const odd = treeOf([file("__proto__/constructor"), file("toString")]);
    expect(findEntry(odd, "__proto__/constructor")?.file?.path).toBe("__proto__/constructor");
  });

  it("shows open folders, or what matches with its folders", () => {
    const paths = (open: string[], text: string): string[] =>
      linesOf(root, new Set(open), text).map((one) => one.entry.path);
    expect(paths([], "")).toEqual(["a", "b.txt"]);
    expect(paths(["a"], "")).toEqual(["a", "a/c", "a/2.txt", "a/10.txt", "b.txt"]);
    expect(paths([], "X.T")).toEqual(["a", "a/c", "a/c/x.txt"]);
  });

  it("finds entries and the folders around them", () => {
    expect(findEntry(root, "a/c")?.count).toBe(1);
    expect(findEntry(root, "a/none")).toBeNull();
    expect(foldersOf("a/c/x.txt")).toEqual(["a", "a/c"]);
  });

  it("holds ten thousand files", () => {
    const many = Array.from({ length: 10_000 }, (_, at) => file(`f${at % 100}/${at}.txt`));
    const start = performance.now();
    expect(linesOf(treeOf(many), new Set(), "9999")).toHaveLength(2);
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});
