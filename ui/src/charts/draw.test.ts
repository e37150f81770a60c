import { describe, expect, it } from "vitest";
import { curveOf } from "@/charts/curve";
import { drawCurve, type Frame, type Pen } from "@/charts/draw";
import { PLAIN, type ChartOptions } from "@/charts/options";
import type { ChartSeries } from "@/charts/series";

/** A pen that notes what it draws: `M` and `L` with places, `stroke` and `fill` with the alpha. */
class Notes implements Pen {
  strokeStyle: Pen["strokeStyle"] = "";
  fillStyle: Pen["fillStyle"] = "";
  lineWidth = 1;
  globalAlpha = 1;
  readonly drawn: string[] = [];
  private path = "";
  setLineDash(): void {}
  beginPath(): void {
    this.path = "";
  }
  moveTo(x: number, y: number): void {
    this.path += `M${x},${y} `;
  }
  lineTo(x: number, y: number): void {
    this.path += `L${x},${y} `;
  }
  closePath(): void {
    this.path += "Z";
  }
  stroke(): void {
    this.drawn.push(`stroke ${this.globalAlpha} ${this.path.trim()}`);
  }
  fill(): void {
    this.drawn.push(`fill ${this.globalAlpha} ${this.path.trim()}`);
  }
}

function drawn(values: readonly number[], more: Partial<ChartSeries> = {}, options = PLAIN) {
  const steps = Float64Array.from(values, (_, at) => at);
  const points = { steps, times: steps, values: Float64Array.from(values) };
  const plain = { id: "a", run: "", key: "k", label: "k", color: "#0072b2", dash: [], points };
  const pen = new Notes();
  const frame: Frame = {
    x: [0, values.length - 1],
    toX: (x) => 10 * x,
    toY: (y) => 100 - y,
    top: 0,
    bottom: 100,
    ratio: 1,
    isLogY: (options as ChartOptions).logY,
  };
  drawCurve(pen, frame, curveOf({ ...plain, ...more }, options), "normal");
  return pen.drawn;
}

describe("a drawn curve", () => {
  it("goes through each of its points", () => {
    expect(drawn([1, 5, 3])[0]).toBe("stroke 1 M0,99 L10,95 L20,97");
  });

  it("is not joined over NaN and the infinities, which are marked at the edges", () => {
    const [line, ...marks] = drawn([1, 2, NaN, 3, Infinity, -Infinity, 4]);
    expect(line).toBe("stroke 1 M0,99 L10,98 M30,97 M60,96");
    expect(marks.filter((one) => one.startsWith("stroke")).length).toBe(1); // the cross of NaN
    expect(marks.some((one) => one.includes("M40,1 "))).toBe(true); // up, at the top
    expect(marks.some((one) => one.includes("M50,99 "))).toBe(true); // down, at the bottom
  });

  it("leaves out what a logarithm has no place for", () => {
    expect(drawn([1, 0, -3, 4], {}, { ...PLAIN, logY: true })[0]).toBe("stroke 1 M0,99 M30,96");
  });

  it("has the values as logged faint behind the smoothed ones", () => {
    const [raw, smoothed] = drawn(
      [0, 8, 0, 8],
      {},
      {
        ...PLAIN,
        smoothing: { kind: "mean", amount: 2 },
      },
    );
    expect(raw).toBe("stroke 0.25 M0,100 L10,92 L20,100 L30,92");
    expect(smoothed).toMatch(/^stroke 1 M0,96 /);
  });

  it("lies on its band, which ends where it has no values", () => {
    const band = { low: Float64Array.of(0, 1, NaN), high: Float64Array.of(2, 3, NaN) };
    expect(drawn([1, 2, 3], { band })[0]).toBe("fill 0.18 L0,98 L10,97 L10,99 L0,100 Z");
  });
});
