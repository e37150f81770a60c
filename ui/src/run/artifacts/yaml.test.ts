import { describe, expect, it } from "vitest";
import { readCard } from "@/run/artifacts/model_card";
import { parseYaml, type Yaml } from "@/run/artifacts/yaml";

const plain = (value: Yaml): unknown => {
  if (value instanceof Map) return Object.fromEntries([...value].map(([k, v]) => [k, plain(v)]));
  return Array.isArray(value) ? value.map(plain) : value;
};
const read = (text: string): unknown => plain(parseYaml(text));

describe("parseYaml", () => {
  it("reads maps, lists and scalars", () => {
    expect(read("a: 1\nb:\n  c: [1, two]\n  d: {}\ne:\n- x\n- y: 2\n  z: null\n")).toEqual({
      a: 1,
      b: { c: [1, "two"], d: {} },
      e: ["x", { y: 2, z: null }],
    });
  });

  it("reads texts over several lines", () => {
    expect(read("a: 'one\n  two''s'\nb: |\n  x\n    y\nc: >-\n  p\n  q\nd: \"e\\n\"\n")).toEqual({
      a: "one two's",
      b: "x\n  y\n",
      c: "p q",
      d: "e\n",
    });
  });

  it("leaves comments out, and keeps what looks like one", () => {
    expect(read("# head\na: b#c # note\n\nd: 'x # y'\n")).toEqual({ a: "b#c", d: "x # y" });
  });

  it("refuses what it does not know, and reaches no prototype", () => {
    expect(() => parseYaml("a: &x 1\n")).toThrow();
    expect(() => parseYaml(`${"- ".repeat(500)}x`)).toThrow();
    parseYaml("__proto__:\n  hacked: 1\n");
    expect(({} as Record<string, unknown>)["hacked"]).toBeUndefined();
  });
});

describe("readCard", () => {
  it("reads flavors and the signature of an MLmodel", () => {
    const card = readCard(
      "flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n" +
        "    python_version: 3.11.9\n" +
        "  sklearn:\n    code: null\n    sklearn_version: 1.5.0\nmodel_size_bytes: 42\n" +
        'signature:\n  inputs: \'[{"type": "double", "name":\n    "area", "required": false}]\'\n' +
        '  outputs: \'[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]\'\n' +
        "  params: null\n",
    );
    expect(card.flavors[1]).toEqual({ name: "sklearn", version: "1.5.0", loader: "" });
    expect(card.inputs).toEqual([{ name: "area", type: "double", isRequired: false }]);
    expect(card.outputs[0]?.type).toBe("int64 (-1)");
    expect(card).toMatchObject({ size: 42, python: "3.11.9", params: [] });
  });
});
