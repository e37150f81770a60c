import { describe, expect, it } from "vitest";
import { piecesOf } from "@/run/artifacts/code_pieces";
import { rowsOf } from "@/run/artifacts/code_rows";
import { byLine, findAll } from "@/run/artifacts/code_search";

describe("rowsOf", () => {
  it("has a row for each line, and several for long ones", () => {
    const rows = rowsOf(["", "abcde", "f"], 2);
    const all = Array.from({ length: rows.count }, (_, at) => rows.at(at));
    expect(all.map((one) => `${one?.line}:${one?.from}-${one?.to}`)).toEqual([
      "0:0-0",
      "1:0-2",
      "1:2-4",
      "1:4-5",
      "2:0-1",
    ]);
    expect(rows.indexOf(1, 4)).toBe(3);
    expect(rows.at(9)).toBeUndefined();
  });
});

describe("piecesOf", () => {
  it("cuts tokens where matches begin and end", () => {
    const matches = findAll(["let abc = 1"], "T AB");
    const tokens = [
      { kind: "keyword" as const, text: "let" },
      { kind: "" as const, text: " abc = 1" },
    ];
    const row = { line: 0, from: 1, to: 9 };
    const pieces = piecesOf(tokens, row, byLine(matches).get(0)!);
    expect(pieces.map((one) => (one.match ? `[${one.text}]` : one.text)).join("")).toBe(
      "e[t][ ab]c =",
    );
  });
});

describe("findAll", () => {
  it("finds all, and ends at the most that one would look through", () => {
    expect(findAll(["aXa", "xx"], "x")).toHaveLength(3);
    expect(findAll(["x".repeat(50_000)], "x")).toHaveLength(10_000);
    expect(findAll(["a"], "")).toEqual([]);
  });
});
