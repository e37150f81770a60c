import { describe, expect, it } from "vitest";
import { cellText, fullText } from "@/run/artifacts/cell_text";
import { sortRows } from "@/run/artifacts/row_sort";
import { orderOf } from "@/run/artifacts/table_order";
import { columnsOf, sourceOf } from "@/run/artifacts/table_source";

const rows = [
  ["1", "Oslo", "2.5"],
  ["2", "New York", ""],
  ["10", "Lima", "-1e3"],
];
const source = sourceOf(columnsOf(["id", "city", "price"], rows), rows);

async function order(where: string, id = "", descending = false): Promise<number[]> {
  const found = await orderOf(source, where, id ? [{ id, descending }] : []);
  return found ? [...found] : [0, 1, 2];
}

describe("orderOf", () => {
  it("compares numbers as numbers, with missing ones last", async () => {
    expect(source.columns.map((one) => one.isNumber)).toEqual([true, false, true]);
    expect(await order("", "id", true)).toEqual([2, 1, 0]);
    expect(await order("", "price")).toEqual([2, 0, 1]);
    expect(await order("", "price", true)).toEqual([0, 2, 1]);
  });

  it("filters by words, and by columns", async () => {
    expect(await order("york")).toEqual([1]);
    expect(await order("id >= 2 city != Lima")).toEqual([1]);
    expect(await order('city = "New York"')).toEqual([1]);
    expect(await order("city ~ o price<0")).toEqual([]);
    await expect(order("size > 3")).rejects.toThrow("There is no column size.");
  });

  it("orders values of every kind, the missing ones last", () => {
    const sorted = (values: unknown[], descending = false): unknown[] => {
      const rows = Uint32Array.from(values.keys());
      return [...sortRows(rows, [{ values, descending }])].map((row) => values[row]);
    };
    expect(sorted([3, null, -1e300, -0.5, NaN, 0, Infinity, -0])).toEqual([
      -1e300,
      -0.5,
      0,
      -0,
      3,
      Infinity,
      null,
      NaN,
    ]);
    expect(sorted([1, null, 2], true)).toEqual([2, 1, null]);
    expect(sorted([2n ** 60n + 1n, 2n ** 60n, 5n])).toEqual([5n, 2n ** 60n, 2n ** 60n + 1n]);
    expect(sorted(["b", "", "a", { c: 1n }], true)).toEqual([{ c: 1n }, "b", "a", ""]);
    expect(sorted([true, false])).toEqual([false, true]);
  });

  it("orders as comparing does, by several columns, quickly", () => {
    const count = 200_000;
    const first = Array.from({ length: count }, (_, at) => (at * 7919) % 10);
    const second = Array.from({ length: count }, (_, at) => Math.sin(at) * 1e6);
    const rows = Uint32Array.from(first.keys());
    const start = performance.now();
    const found = sortRows(rows, [
      { values: first, descending: true },
      { values: second, descending: false },
    ]);
    expect(performance.now() - start).toBeLessThan(2_000);
    const expected = [...rows].sort((a, b) => first[b]! - first[a]! || second[a]! - second[b]!);
    expect([...found]).toEqual(expected);
  });
});

describe("cellText", () => {
  it("writes every kind of value as text, and cuts long ones", () => {
    expect(fullText({ a: 1n, b: [new Uint8Array([255])] })).toBe('{"a":1,"b":["0xff"]}');
    expect(fullText(new Date("2026-01-01T00:00:00Z"))).toBe("2026-01-01");
    expect(fullText(Math.fround(0.1))).toBe("0.1");
    expect(fullText(0.1234567890123)).toBe("0.1234567890123");
    expect(cellText("x".repeat(1_000_000))).toHaveLength(401);
  });
});
