import { describe, expect, it } from "vitest";
import { cellText, fullText } from "@/run/artifacts/cell_text";
import { compareValues, orderOf } from "@/run/artifacts/table_order";
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

  it("orders values of other kinds", () => {
    expect(compareValues(2n, 3, 1)).toBe(-1);
    expect(compareValues(NaN, 3, 1)).toBe(1);
    expect(compareValues(new Date(5), new Date(4), -1)).toBe(-1);
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
