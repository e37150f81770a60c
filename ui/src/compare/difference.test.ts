import { expect, test } from "vitest";
import type { Details } from "@/api/compare";
import { differenceOf } from "@/compare/difference";
import { originsOf } from "@/compare/origins";

interface Wanted {
  params?: Record<string, string | number>;
  metrics?: Record<string, number>;
  datasets?: [string, "read" | "written", string][];
  nodes?: Record<string, [status: string, seconds: number, key: string]>;
  snapshots?: Details["snapshots"];
}

function details(wanted: Wanted): Details {
  const run = { id: "1", name: "one", params: wanted.params ?? {}, command: "treadle run" };
  return {
    run,
    metrics: Object.entries(wanted.metrics ?? {}).map(([key, last]) => ({ key, last })),
    nodes: Object.entries(wanted.nodes ?? {}).map(([node, [status, seconds, key]]) => ({
      ...{ node, status, started: 0, ended: seconds, key, reason: "" },
    })),
    datasets: (wanted.datasets ?? []).map(([dataset, role, digest]) => ({
      ...{ node: "n", dataset, role, digest: `blake3:${digest}`, version: "", size: 1 },
    })),
    artifacts: [],
    inputs: [],
    snapshots: wanted.snapshots ?? {},
  } as unknown as Details;
}

const graph = {
  nodes: [
    { name: "train", inputs: ["trips", "params:model"], outputs: ["model"] },
    { name: "score", inputs: ["model"], outputs: ["scores"] },
  ],
};

test("params, data and metrics that differ are listed, the greatest change first", () => {
  const found = differenceOf(
    details({ params: { lr: 1, same: 2 }, metrics: { acc: 1, loss: 2, "system/cpu": 1 } }),
    details({ params: { lr: 3, same: 2, more: "x" }, metrics: { acc: 1.1, loss: 1 } }),
  );
  expect(found.params).toEqual([
    { name: "lr", old: "1", new: "3", note: "" },
    { name: "more", old: "none", new: "x", note: "" },
  ]);
  expect(found.metrics.map(({ name, note }) => [name, note])).toEqual([
    ["loss", "−50.00 %"],
    ["acc", "+10.00 %"],
  ]);
});

test("a node says why its result may differ, through what is in memory only", () => {
  const before = details({
    params: { "model.depth": 6 },
    datasets: [["trips", "read", "aaaaaaaaaaaa"]],
    nodes: { train: ["finished", 2, "k1"], score: ["finished", 1, "k2"] },
    snapshots: { graph },
  });
  const after = details({
    params: { "model.depth": 4 },
    datasets: [["trips", "read", "aaaaaaaaaaaa"]],
    nodes: { train: ["finished", 5, "k3"], score: ["reused", 1, "k4"] },
    snapshots: { graph },
  });
  expect(differenceOf(before, after).nodes).toEqual([
    { name: "train", old: "2 s", new: "5 s", note: 'parameter "model.depth": 6 → 4' },
    { name: "score", old: "1 s", new: "reused", note: 'input "model", made by train' },
  ]);
});

test("other code is the reason where nothing else differs", () => {
  const at = (key: string, seconds: number): Details =>
    details({ nodes: { train: ["finished", seconds, key] }, snapshots: { graph } });
  expect(differenceOf(at("a", 1), at("b", 2)).nodes[0]!.note).toBe("its code or libraries");
});

test("data is what a run only read, and what it wrote, by its content", () => {
  const found = differenceOf(
    details({
      datasets: [
        ["raw", "read", "111111111111"],
        ["made", "written", "222222222222"],
      ],
    }),
    details({
      datasets: [
        ["raw", "read", "333333333333"],
        ["made", "written", "222222222222"],
      ],
    }),
  );
  expect(found.data).toEqual([
    { name: "raw (input)", old: "111111111111", new: "333333333333", note: "" },
  ]);
});

test("parameters that a node has read are params, and not configuration", () => {
  const at = (depth: number, unread: number): Details =>
    details({
      params: { depth },
      snapshots: { config: { parameters: { depth, unread }, seed: 0, request: { tags: [] } } },
    });
  const found = differenceOf(at(1, 1), at(2, 2));
  expect(found.configuration.map((one) => one.name)).toEqual(["parameters.unread"]);
});

test("origins have what differs first, and can be searched", () => {
  const at = (numpy: string): Details =>
    details({ snapshots: { environment: { python: "3.12", packages: { pandas: "3", numpy } } } });
  const lines = originsOf([at("2.0"), at("2.1")], { find: "", isOnlyDifferent: false });
  const names = lines.filter((line) => !line.section).map((line) => line.name);
  expect(names.indexOf("numpy")).toBeLessThan(names.indexOf("pandas"));
  const found = originsOf([at("2.0"), at("2.1")], { find: "NUM", isOnlyDifferent: true });
  expect(found.map((line) => line.section || line.name)).toEqual(["environment", "numpy"]);
});
