import { expect, test } from "vitest";
import { location } from "@/parts/location";
import { readState, state, update } from "./state";

test("the state is read from the address and written to it", () => {
  update({
    where: "metrics.a > 1",
    sort: [{ id: "metrics.a", descending: false }],
    columns: ["name", 'metrics."b, c"'],
    widths: { 'metrics."b, c"': 200 },
    pinned: ["name", "metrics.a"],
    isNested: true,
  });
  expect(readState(location.value.query)).toEqual(state.value);
  expect(state.value).toMatchObject({
    where: "metrics.a > 1",
    columns: ["name", 'metrics."b, c"'],
    widths: { 'metrics."b, c"': 200 },
    pinned: ["name", "metrics.a"],
    isNested: true,
  });
});

test("what is the default is not in the address", () => {
  update({ where: "", sort: [{ id: "started", descending: true }], columns: [], widths: {} });
  update({ pinned: ["name"], isNested: false, lifecycle: "active" });
  expect(location.value.query.toString()).toBe("");
});

test("an invalid address is read as far as it goes", () => {
  const read = readState(new URLSearchParams("widths=a:b,c&show=x&nested=2"));
  expect(read.widths).toEqual({});
  expect(read.lifecycle).toBe("active");
  expect(read.isNested).toBe(false);
});
