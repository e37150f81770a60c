import { describe, expect, it } from "vitest";
import { CsvReader, MOST_COLUMNS, namesOf, separatorOf } from "@/run/artifacts/csv";

function read(parts: string[], separator = ","): string[][] {
  const reader = new CsvReader(separator);
  for (const one of parts) reader.feed(one);
  reader.finish();
  return reader.rows;
}

const TEXT = 'a,b\r\n"x, ""y""\nz",2\n,\n\nlast,"q"';
const ROWS = [
  ["a", "b"],
  ['x, "y"\nz', "2"],
  ["", ""],
  ["last", "q"],
];

describe("CsvReader", () => {
  it("reads quoted fields, empty ones, and both ends of lines", () => {
    expect(read([TEXT])).toEqual(ROWS);
  });

  it("reads the same in parts of any length", () => {
    for (let at = 0; at <= TEXT.length; at++) {
      expect(read([TEXT.slice(0, at), TEXT.slice(at)])).toEqual(ROWS);
    }
    expect(read([...TEXT])).toEqual(ROWS);
  });

  it("stays small with millions of separators, and a line of megabytes", () => {
    const [row] = read([",".repeat(2_000_000)]);
    expect(row).toHaveLength(MOST_COLUMNS);
    expect(read(["x".repeat(5_000_000)])[0]![0]).toHaveLength(5_000_000);
  });

  it("guesses the separator and names all columns", () => {
    expect(separatorOf('"a,b,c";d;e\n', "csv")).toBe(";");
    expect(separatorOf("a b", "tsv")).toBe("\t");
    expect(namesOf(["a", "", "a"], 4)).toEqual(["a", "column 2", "a (2)", "column 4"]);
  });
});
