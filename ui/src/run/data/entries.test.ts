// @vitest-environment node
import { expect, test } from "vitest";
import type { DatasetUseRecord } from "@/api/types";
import { entriesOf } from "@/run/data/entries";

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
