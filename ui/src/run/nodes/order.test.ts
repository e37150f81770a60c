// @vitest-environment node
import { expect, test } from "vitest";
import type { NodeRunRecord } from "@/api/types";
import { countStatuses, orderNodes } from "@/run/nodes/order";

function node(name: string, started: number, ended: number | null, status = "finished") {
  const rest = { cpu: 0, peak: 0, reason: "", error: null, key: "" };
  return { node: name, started, ended, status, ...rest } as NodeRunRecord;
}

const NODES = [node("b", 1, 4), node("a", 2, 3), node("c", 3, null, "running")];
const names = (narrow: object): string[] =>
  orderNodes(NODES, { find: "", status: "", sort: "", ...narrow }, 10).map((one) => one.node);

test("orders by start, name and duration, a running node by now", () => {
  expect(names({})).toEqual(["b", "a", "c"]);
  expect(names({ sort: "node" })).toEqual(["a", "b", "c"]);
  expect(names({ sort: "-duration" })).toEqual(["c", "b", "a"]);
});

test("narrows by status and text", () => {
  expect(names({ status: "running" })).toEqual(["c"]);
  expect(names({ find: "A" })).toEqual(["a"]);
  expect(countStatuses(NODES)).toEqual([
    ["finished", 2],
    ["running", 1],
  ]);
});
