import { describe, expect, it } from "vitest";
import { isPlotly, isVega, parseJson, parseLines, tableIn } from "@/run/artifacts/json";
import { childrenOf, firstOpen, valueLines } from "@/run/artifacts/value_nodes";

describe("parseJson", () => {
  it("reads what Python writes", () => {
    expect(parseJson('{"a": NaN, "b": [-Infinity], "c": "NaN"}')).toEqual({
      a: NaN,
      b: [-Infinity],
      c: "NaN",
    });
    expect(() => parseJson("{")).toThrow();
  });

  it("lets no key reach a prototype", () => {
    const value = parseJson('{"__proto__": {"hacked": 1}, "constructor": {"prototype": {"x": 1}}}');
    expect(({} as Record<string, unknown>)["hacked"]).toBeUndefined();
    const lines = valueLines(value, new Set(["__proto__"]), "");
    expect(lines.map((one) => one.node.path)).toEqual([
      "__proto__",
      "__proto__.hacked",
      "constructor",
    ]);
    const table = tableIn([value, { a: 1 }])!;
    expect(table.columns.map((one) => one.name)).toEqual(["__proto__", "constructor", "a"]);
    expect(table.row(1)).toEqual([undefined, undefined, 1]);
  });

  it("reads lines, without the last one of a part", () => {
    expect(parseLines('{"a":1}\n\n{"a":2}\n{"a"', false)).toEqual([{ a: 1 }, { a: 2 }]);
  });
});

describe("what JSON holds", () => {
  it("is a figure, a table, or neither", () => {
    expect(isPlotly({ data: [{ type: "bar" }], layout: {} })).toBe(true);
    expect(isPlotly({ data: [[1]], layout: {} })).toBe(false);
    expect(isVega({ $schema: "https://vega.github.io/schema/vega-lite/v5.json" })).toBe(true);
    expect(tableIn({ columns: ["a", "b"], data: [[1, "x"]] })?.row(0)).toEqual([1, "x"]);
    expect(tableIn([{ a: 1 }, { b: 2 }])?.columns).toHaveLength(2);
    expect(tableIn([1, 2])).toBeNull();
  });
});

describe("valueLines", () => {
  it("splits long lists, and finds keys and values with what is around them", () => {
    const value = { rows: Array.from({ length: 2_500 }, (_, at) => at), name: "forest" };
    const node = { key: "rows", value: value.rows, path: "rows" };
    expect(childrenOf(node).map((one) => one.key)).toEqual([
      "0 … 999",
      "1000 … 1999",
      "2000 … 2499",
    ]);
    expect(valueLines(value, new Set(), "FOREST").map((one) => one.node.path)).toEqual(["name"]);
    expect(valueLines(value, new Set(), "2499").map((one) => one.node.path)).toEqual([
      "rows",
      "rows[2499]",
    ]);
  });

  it("opens as many levels as fit", () => {
    expect([...firstOpen({ a: { b: 1 }, c: [] })]).toEqual(["a"]);
    expect(firstOpen({ a: Array(200).fill(0) }).size).toBe(0);
  });
});
