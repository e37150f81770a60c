/** A line chart on a canvas: uPlot's axes and cursor, and our curves. */

import uPlot from "uplot";
import { hear, tell } from "@/charts/cursors";
import type { Curve } from "@/charts/curve";
import { nearest } from "@/charts/curve";
import { drawCurve, type Frame } from "@/charts/draw";
import { look } from "@/charts/look";
import type { ChartOptions, Range } from "@/charts/options";
import { plotOptions } from "@/charts/plot_options";

/** What a chart shows. */
export interface Scene {
  readonly curves: readonly Curve[];
  readonly options: ChartOptions;
  readonly x: Range;
  readonly y: Range;
  /** The id of the series that stands out; none if empty. */
  readonly strong: string;
}

/** A point near the cursor. */
export interface Hit {
  readonly curve: Curve;
  readonly at: number;
  /** Where it is, in CSS pixels from the corner of the chart. */
  readonly left: number;
  readonly top: number;
}

/** The cursor in a chart, and the point of each curve near it, the closest first. */
export interface Cursor {
  readonly x: number;
  readonly left: number;
  readonly top: number;
  readonly hits: readonly Hit[];
  /** Whether it is in this chart, and not in another of its group. */
  readonly isOwn: boolean;
}

/** What a chart tells its owner. */
export interface Heard {
  readonly onCursor: (cursor: Cursor | null) => void;
  readonly onZoom: (range: Range | null) => void;
}

/** A chart in an element; `destroy` takes it out again. */
export class Plot {
  readonly chart: uPlot;
  /** In front of the curves: the one that stands out, so that the others need no drawing. */
  private front: HTMLCanvasElement | null = null;
  private leave: () => void = () => undefined;

  constructor(
    element: HTMLElement,
    size: { width: number; height: number },
    private scene: Scene,
    private readonly group: string,
    private readonly heard: Heard,
  ) {
    this.chart = new uPlot(
      plotOptions(scene.options, size, this.actions()),
      [[0], [null]],
      element,
    );
    if (group) this.leave = hear(group, this.follow);
    this.show(scene);
  }

  /** Draw another scene of the same axes. */
  show(scene: Scene): void {
    const before = this.scene;
    this.scene = scene;
    const { x, y } = scene;
    const isNew = (["curves", "options", "x", "y"] as const).some(
      (one) => scene[one] !== before[one],
    );
    if (!isNew && scene !== before) {
      this.stress();
      return;
    }
    this.chart.batch(() => {
      this.chart.setData([[...x], [null, null]], false);
      this.chart.setScale("x", { min: x[0], max: x[1] });
      this.chart.setScale("y", { min: y[0], max: y[1] });
    });
  }

  resize(size: { width: number; height: number }): void {
    if (size.width === this.chart.width && size.height === this.chart.height) return;
    this.chart.setSize(size);
  }

  destroy(): void {
    this.leave();
    this.chart.destroy();
  }

  /** Set the cursor to an x, as by the keyboard. */
  point(x: number): void {
    this.chart.setCursor({ left: this.chart.valToPos(x, "x"), top: 0 }, false);
    this.heard.onCursor(this.cursorAt(x, true));
    if (this.group) tell(this.group, x, this);
  }

  private actions() {
    return {
      draw: () => this.draw(this.chart.ctx),
      moved: () => this.moved(),
      selected: () => this.selected(),
      reset: () => this.heard.onZoom(null),
    };
  }

  private draw(context: CanvasRenderingContext2D): void {
    this.inFrame(context, (frame) => {
      for (const curve of this.scene.curves) drawCurve(context, frame, curve, "normal");
    });
    this.stress();
  }

  /** Let one curve stand out in front of the others, which are veiled. */
  private stress(): void {
    const strong = this.scene.curves.find((curve) => curve.series.id === this.scene.strong);
    if (!strong) {
      this.front?.remove();
      this.front = null;
      return;
    }
    const { width, height } = this.chart.ctx.canvas;
    const canvas = (this.front ??= this.makeFront());
    canvas.width = width; // which clears it, too
    canvas.height = height;
    const context = canvas.getContext("2d")!;
    this.inFrame(context, (frame) => {
      context.globalAlpha = 0.75;
      context.fillStyle = look.value.back;
      context.fillRect(0, 0, width, height);
      drawCurve(context, frame, strong, "strong");
    });
  }

  private makeFront(): HTMLCanvasElement {
    const canvas = document.createElement("canvas");
    canvas.className = "chart-front";
    this.chart.over.before(canvas);
    return canvas;
  }

  /** Draw within the axes. */
  private inFrame(context: CanvasRenderingContext2D, act: (frame: Frame) => void): void {
    const { left, top, width, height } = this.chart.bbox;
    context.save();
    context.beginPath();
    context.rect(left, top, width, height);
    context.clip();
    context.lineJoin = "round";
    act(this.frame());
    context.restore();
  }

  /** Return where values are on the canvas. */
  frame(): Frame {
    const { bbox, ctx } = this.chart;
    const toX = placer(this.scene.x, this.scene.options.logX, bbox.left, bbox.width);
    const bottom = bbox.top + bbox.height;
    const toY = placer(this.scene.y, this.scene.options.logY, bottom, -bbox.height);
    const ratio = ctx.canvas.width / this.chart.width;
    const { x, options } = this.scene;
    return { x, toX, toY, top: bbox.top, bottom, ratio, isLogY: options.logY };
  }

  private moved(): void {
    const left = this.chart?.cursor.left ?? -1; // called while it is made, too
    if (left < 0) {
      this.heard.onCursor(null);
      if (this.group) tell(this.group, null, this);
      return;
    }
    const x = this.chart.posToVal(left, "x");
    this.heard.onCursor(this.cursorAt(x, true));
    if (this.group) tell(this.group, x, this);
  }

  private readonly follow = (x: number | null, from: object): void => {
    if (from === this) return;
    const isIn = x !== null && x >= this.scene.x[0] && x <= this.scene.x[1];
    const left = isIn ? this.chart.valToPos(x, "x") : -10;
    this.chart.setCursor({ left, top: isIn ? 0 : -10 }, false);
    this.heard.onCursor(isIn ? this.cursorAt(x, false) : null);
  };

  private cursorAt(x: number, isOwn: boolean): Cursor {
    const { over, cursor } = this.chart;
    const corner = { left: over.offsetLeft, top: over.offsetTop };
    const top = corner.top + (cursor.top ?? 0);
    const hits: Hit[] = [];
    for (const curve of this.scene.curves) {
      const at = nearest(curve, x);
      if (at < 0) continue;
      const place = this.chart.valToPos(curve.x[at]!, "x") + corner.left;
      hits.push({
        curve,
        at,
        left: place,
        top: this.chart.valToPos(curve.y[at]!, "y") + corner.top,
      });
    }
    if (isOwn) hits.sort((one, other) => distance(one, top) - distance(other, top));
    return { x, left: corner.left + (cursor.left ?? 0), top, hits, isOwn };
  }

  private selected(): void {
    const { left, width } = this.chart.select;
    if (width < 4) return;
    const range: Range = [this.chart.posToVal(left, "x"), this.chart.posToVal(left + width, "x")];
    this.chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.heard.onZoom(range);
  }
}

function distance(hit: Hit, top: number): number {
  const size = Math.abs(hit.top - top);
  return Number.isNaN(size) ? Infinity : size;
}

/** Return the function from values to pixels; many times as fast as uPlot's own. */
function placer(range: Range, isLog: boolean, start: number, size: number): Frame["toX"] {
  const [low, high] = range;
  if (!isLog) return (value) => start + ((value - low) / (high - low)) * size;
  const [first, span] = [Math.log(low), Math.log(high / low)];
  return (value) => start + ((Math.log(value) - first) / span) * size;
}

/** Draw a chart again when the page becomes light or dark; return how to stop. */
export function keepLook(plot: Plot): () => void {
  return look.subscribe(() => plot.chart.redraw(false, true));
}
