import { expect, test } from "vitest";
import { makeAxis } from "@/charts/axes";
import { boxOf } from "@/charts/box";
import { surfaceOf } from "@/charts/contour";
import { endsOf, isInBrushes, layOut, lineAt } from "@/charts/parallel_layout";
import { steppedBrush } from "@/charts/parallel_input";
import { nearest, stepped } from "@/charts/points_input";
import { colorsOf, NO_COLOR } from "@/charts/ramp";

test("numbers are placed in order, and what is missing nowhere", () => {
  const axis = makeAxis([0, 10, null, "NaN"], [100, 0], { title: "loss" });
  expect(axis.kind).toBe("number");
  expect(axis.place(0)!).toBeGreaterThan(axis.place(10)!);
  expect(axis.place(null)).toBeNull();
  expect(axis.place("NaN")).toBeNull();
  expect(axis.valueAt(axis.place(7)!)).toBeCloseTo(7);
});

test("whole numbers have whole ticks", () => {
  const axis = makeAxis([1, 2, 3], [0, 600], { title: "depth" });
  expect(axis.ticks.map((tick) => tick.label)).toEqual(["1", "2", "3"]);
});

test("a logarithmic axis has decades, and needs numbers above zero", () => {
  const axis = makeAxis([1e-4, 1e-1], [0, 300], { title: "lr", isLog: true });
  expect(axis.kind).toBe("log");
  expect(axis.ticks.map((tick) => tick.label)).toContain("0.001");
  expect(makeAxis([0, 1], [0, 300], { title: "lr", isLog: true }).kind).toBe("number");
});

test("texts have places of their own, in natural order", () => {
  const axis = makeAxis(["b10", "b2", true], [0, 300], { title: "kind" });
  expect(axis.kind).toBe("text");
  expect(axis.ticks.map((tick) => tick.label)).toEqual(["b2", "b10", "true"]);
  expect(axis.rank("b10")).toBe(1);
  expect(axis.valueAt(axis.place("b10")!)).toBeCloseTo(1);
});

test("one value alone is in the middle", () => {
  expect(makeAxis([5], [0, 100], { title: "x" }).place(5)).toBeCloseTo(50);
});

test("a box has quartiles, and whiskers without outliers", () => {
  const box = boxOf("a", [1, 2, 3, 4, 5, 100])!;
  expect(box.median).toBe(3.5);
  expect([box.low, box.high]).toEqual([1, 5]);
  expect(boxOf("none", [])).toBeNull();
});

test("a surface is near its points, and between them elsewhere", () => {
  const points = [
    { x: 0, y: 0, z: 0 },
    { x: 720, y: 480, z: 10 },
  ];
  const values = surfaceOf(points, { left: 0, top: 0, right: 720, bottom: 480 });
  expect(values[0]).toBeLessThan(3);
  expect(values.at(-1)).toBeGreaterThan(7);
  expect(values.every((value) => value >= 0 && value <= 10)).toBe(true);
});

const axes = [
  { id: "lr", title: "lr", isLog: true },
  { id: "kind", title: "kind", isLog: false },
];
const lines = [
  { id: "1", color: "red", values: [0.1, "a"] },
  { id: "2", color: "red", values: [0.001, "b"] },
  { id: "3", color: "red", values: [null, "b"] },
];
const layout = layOut(axes, lines, { width: 600, height: 300 });

test("lines go through all brushes or are left out", () => {
  const inside = (brushes: [string, readonly [number, number]][]) =>
    layout.lines.filter((line) => isInBrushes(line, layout, new Map(brushes))).map(({ id }) => id);
  expect(inside([])).toEqual(["1", "2", "3"]);
  expect(inside([["lr", [0.01, 1]]])).toEqual(["1"]);
  expect(inside([["kind", [0.5, 1.5]]])).toEqual(["2", "3"]);
  expect(
    inside([
      ["lr", [0.01, 1]],
      ["kind", [0.5, 1.5]],
    ]),
  ).toEqual([]);
});

test("a brush is where its values are", () => {
  const [lr, kind] = layout.axes;
  const [top, bottom] = endsOf(lr!, [0.001, 0.1], layout);
  expect(top).toBeCloseTo(lr!.axis.place(0.1)!);
  expect(bottom).toBeCloseTo(lr!.axis.place(0.001)!);
  const ends = endsOf(kind!, [-0.4, 0.4], layout);
  const place = kind!.axis.place("a")!;
  expect(ends[0]).toBeLessThan(place);
  expect(ends[1]).toBeGreaterThan(place);
});

test("keys choose a range, move it and change its size", () => {
  const axis = layout.axes[0]!;
  const up = steppedBrush(axis, undefined, layout, { isUp: true, isResize: false });
  const moved = steppedBrush(axis, up, layout, { isUp: false, isResize: false });
  expect(moved[0]).toBeLessThan(up[0]);
  const smaller = steppedBrush(axis, up, layout, { isUp: false, isResize: true });
  expect(smaller[1]).toBeLessThan(up[1]);
  expect(smaller[0]).toBeCloseTo(up[0]);
});

test("the line below the pointer is found between the axes", () => {
  const [left, right] = layout.axes;
  const places = layout.lines[0]!.places as [number, number];
  const middle = [(left!.x + right!.x) / 2, (places[0] + places[1]) / 2] as const;
  expect(lineAt(layout.lines, layout, middle)?.id).toBe("1");
  expect(lineAt(layout.lines, layout, [left!.x - 50, 10])).toBeUndefined();
});

const hit = (id: string, x: number, y: number) => ({
  id,
  x,
  y,
  label: id,
  radius: 4,
  color: "red",
});
const hits = [hit("a", 0, 50), hit("b", 100, 0), hit("c", 50, 100)];

test("the nearest point is found, if it is near", () => {
  expect(nearest(hits, [98, 3])?.id).toBe("b");
  expect(nearest(hits, [70, 50])).toBeUndefined();
});

test("arrow keys go through points along x and along y", () => {
  expect(stepped(hits, "", "ArrowRight")?.id).toBe("a");
  expect(stepped(hits, "a", "ArrowRight")?.id).toBe("c");
  expect(stepped(hits, "b", "ArrowRight")?.id).toBe("b");
  expect(stepped(hits, "b", "ArrowDown")?.id).toBe("a");
  expect(stepped(hits, "a", "Enter")).toBeUndefined();
});

test("numbers have colours of a ramp, texts those of the palette", () => {
  const ramp = colorsOf([0, 1, null]);
  expect(ramp.isRange).toBe(true);
  expect(ramp.colorOf(0)).not.toBe(ramp.colorOf(1));
  expect(ramp.colorOf(null)).toBe(NO_COLOR);
  const texts = colorsOf(["a", "b", "a"]);
  expect(texts.keys.map((key) => key.label)).toEqual(["a", "b"]);
});
