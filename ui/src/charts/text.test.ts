import { describe, expect, it } from "vitest";
import { formatClock, formatTick } from "@/charts/axes_text";
import { isNamedTick, logTicks } from "@/charts/log_ticks";
import {
  formatRange,
  formatSmoothing,
  metricOf,
  parseRange,
  parseSmoothing,
  parseXAxis,
} from "@/charts/options";
import { fileName, toCsv } from "@/charts/save";

describe("ticks", () => {
  it("have the digits that tell them apart", () => {
    expect(formatTick(0.25, 0.25)).toBe("0.25");
    expect(formatTick(-0.5, 0.25)).toBe("−0.50");
    expect(formatTick(776_040, 10)).toBe("776,040");
    expect(formatTick(200_000, 100_000)).toBe("200k");
    expect(formatTick(3, 1)).toBe("3");
  });

  it("of moments are days or times", () => {
    expect(formatClock(Date.UTC(2026, 0, 2, 3, 4, 5) / 1000, 86_400)).toMatch(/^2026-01-0\d$/);
    expect(formatClock(Date.UTC(2026, 0, 2, 3, 4, 5) / 1000, 1)).toMatch(/^\d\d:\d\d:05$/);
  });

  it("of logarithms are powers of ten, and more where there is room", () => {
    expect(logTicks(1e-6, 1)).toEqual([1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1]);
    expect(logTicks(1, 2)).toEqual([1, 1.2, 1.4, 1.6, 1.8, 2]);
    const ticks = logTicks(1, 100);
    expect(ticks.filter((one) => isNamedTick(one, ticks))).toEqual([1, 2, 5, 10, 20, 50, 100]);
    expect(logTicks(0, 1)).toEqual([]);
    expect(logTicks(1e-300, 1e300).length).toBeLessThan(12);
  });
});

describe("settings", () => {
  it("are read from texts, and only if they are valid", () => {
    expect(parseSmoothing("ema:0.6")).toEqual({ kind: "ema", amount: 0.6 });
    expect(parseSmoothing("ema:7").amount).toBe(0.999);
    for (const text of ["", "ema", "ema:x", "ema:-1", "magic:1", null]) {
      expect(parseSmoothing(text).kind).toBe("none");
    }
    expect(formatSmoothing(parseSmoothing("gaussian:5"))).toBe("gaussian:5");
    expect(parseRange("-1..2.5")).toEqual([-1, 2.5]);
    for (const text of ["", "1", "2..1", "a..b", "..", "1..NaN", "1..Infinity"]) {
      expect(parseRange(text)).toBeUndefined();
    }
    expect(formatRange([0.1 + 0.2, 1])).toBe("0.3..1");
    expect([parseXAxis("nonsense"), parseXAxis("clock")]).toEqual(["step", "clock"]);
    expect(metricOf(parseXAxis("metric:val/loss"))).toBe("val/loss");
  });
});

describe("files", () => {
  it("hold all points, and no formula", () => {
    const points = {
      steps: Float64Array.of(1, 2),
      times: Float64Array.of(10, 20),
      values: Float64Array.of(0.5, NaN),
    };
    const one = { id: "a", run: "r", key: '=cmd("x")', label: "", color: "", dash: [], points };
    expect(toCsv([one])).toBe(
      'run,metric,step,time,value\nr,"\'=cmd(""x"")",1,10,0.5\nr,"\'=cmd(""x"")",2,20,NaN\n',
    );
  });

  it("have names that any system takes", () => {
    expect(fileName("val/loss: a*b?", "csv")).toBe("val-loss-a-b-.csv");
    expect(fileName("///", "png")).toBe("-.png");
  });
});
