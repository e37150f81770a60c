// @vitest-environment node
import { expect, test } from "vitest";
import type { DatasetUseRecord } from "@/api/types";
import { columnsOf, entriesOf, placeOf } from "@/run/data/entries";

function use(dataset: string, node: string, role: string, digest = "blake3:1") {
  const rest = { type: "parquet", location: "", version: "", size: 1, time: 0 };
  return { dataset, node, role, digest, ...rest } as DatasetUseRecord;
}

test("gathers the uses of a content, inputs first", () => {
  const found = entriesOf(
    [
      use("model", "train", "written"),
      use("model", "predict", "read"),
      use("flights", "load", "read"),
      use("features", "make", "reused"),
      use("features", "train", "read"),
    ],
    [],
  );
  expect(found.map((one) => [one.name, one.kind, one.writers, one.readers])).toEqual([
    ["flights", "input", [], ["load"]],
    ["model", "output", ["train"], ["predict"]],
    ["features", "reused", ["make"], ["train"]],
  ]);
});

test("keeps two contents of one dataset apart", () => {
  const uses = [use("a", "x", "read", "blake3:1"), use("a", "y", "written", "blake3:2")];
  expect(entriesOf(uses, [])).toHaveLength(2);
});

test("reads what clients of MLflow write", () => {
  expect(placeOf('{"url": "https://example.org/x.csv"}')).toBe("https://example.org/x.csv");
  expect(placeOf("not JSON")).toBe("not JSON");
  expect(placeOf('{"a": "b", "c": "d"}')).toBe('{"a": "b", "c": "d"}');
  const schema = '{"mlflow_colspec": [{"type": "long", "name": "a"}, {"type": {"x": 1}}]}';
  expect(columnsOf(schema)).toEqual([
    { name: "a", type: "long" },
    { name: "", type: '{"x":1}' },
  ]);
  expect(columnsOf("null")).toBeNull();
  expect(columnsOf('{"mlflow_colspec": [null]}')).toBeNull();
});
