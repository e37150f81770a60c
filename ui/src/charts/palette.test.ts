// @vitest-environment node
import { describe, expect, it } from "vitest";
import { COLORS, shownColor, styleAt, stylesOf } from "@/charts/palette";

const ids = Array.from({ length: 40 }, (_, at) => `01a22${String(at * 7919).padStart(6, "0")}`);

describe("the palette", () => {
  it("has no style twice among the first thirty-six", () => {
    const styles = Array.from({ length: 36 }, (_, at) => JSON.stringify(styleAt(at)));
    expect(new Set(styles).size).toBe(36);
  });

  it("dashes what is beyond eight colours", () => {
    expect(styleAt(7).dash).toEqual([]);
    expect(styleAt(8).dash).not.toEqual([]);
  });

  it("gives twelve runs twelve colours, the same in any order", () => {
    const twelve = ids.slice(0, 12);
    const styles = stylesOf(twelve);
    expect(new Set([...styles.values()].map((one) => one.color)).size).toBe(COLORS.length);
    const turned = stylesOf([...twelve].reverse());
    for (const id of twelve) expect(turned.get(id)).toEqual(styles.get(id));
  });

  it("leaves the colours of earlier runs when a later one joins", () => {
    const before = stylesOf(ids.slice(0, 7));
    const after = stylesOf(ids.slice(0, 8));
    for (const [id, style] of before) expect(after.get(id)!.color).toBe(style.color);
  });

  it("is lighter in the dark, but for colours of others", () => {
    expect(shownColor(COLORS[0]!, true)).not.toBe(COLORS[0]);
    expect(shownColor(COLORS[0]!, false)).toBe(COLORS[0]);
    expect(shownColor("#123456", true)).toBe("#123456");
  });
});
