// @vitest-environment node
import { describe, expect, test } from "vitest";
import { clamp, formatRange, parseRange, ticks, zoom } from "@/run/nodes/axis";

const WHOLE = { first: 0, last: 100 };

describe("axis", () => {
  test("writes and reads ranges, nothing for the whole run", () => {
    expect(formatRange(WHOLE, WHOLE)).toBe("");
    const range = { first: 12.5, last: 40 };
    expect(parseRange(formatRange(range, WHOLE), WHOLE)).toEqual(range);
    expect(parseRange("nonsense", WHOLE)).toEqual(WHOLE);
    expect(parseRange("50~20", WHOLE)).toEqual(WHOLE);
  });

  test("keeps what is under the mouse while zooming", () => {
    expect(zoom(WHOLE, WHOLE, 0.5, 20)).toEqual({ first: 10, last: 60 });
    expect(zoom({ first: 10, last: 60 }, WHOLE, 4, 20)).toEqual(WHOLE);
  });

  test("stays inside the run", () => {
    expect(clamp({ first: -10, last: 20 }, WHOLE)).toEqual({ first: 0, last: 30 });
    expect(clamp({ first: 90, last: 120 }, WHOLE)).toEqual({ first: 70, last: 100 });
  });

  test.each([
    [{ first: 0, last: 100 }, [0, 15, 30, 45, 60, 75, 90]],
    [{ first: 0, last: 0.5 }, [0, 0.1, 0.2, 0.3, 0.4, 0.5]],
    [{ first: 7, last: 7 + 7200 }, [900, 1800, 2700, 3600, 4500, 5400, 6300, 7200]],
  ])("has round ticks in %o", (range, expected) => {
    expect(ticks(range, 8)).toEqual(expected);
  });
});
