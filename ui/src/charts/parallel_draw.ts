/** The drawing of parallel coordinates. */

import { strokeLine, shorten } from "@/charts/frame";
import type { Look } from "@/charts/look";
import {
  endsOf,
  type Brush,
  type ParallelLayout,
  type PlacedAxis,
  type PlacedLine,
} from "@/charts/parallel_layout";

interface Scene {
  readonly layout: ParallelLayout;
  readonly brushes: ReadonlyMap<string, Brush>;
  /** The lines that go through all brushes. */
  readonly shown: readonly PlacedLine[];
  readonly active: string | undefined;
}

const FADED = 0.1;
const WIDTH = 14; // of a brush

/** Draw lines, axes and brushes; the lines that no brush leaves out are above the others. */
export function drawParallel(context: CanvasRenderingContext2D, look: Look, scene: Scene): void {
  const { layout, shown, active } = scene;
  const above = new Set(shown);
  context.lineWidth = 1;
  context.globalAlpha = FADED;
  for (const line of layout.lines) {
    if (!above.has(line)) drawLine(context, layout, line, look.muted);
  }
  context.globalAlpha = shown.length > 150 ? 0.45 : 0.75;
  context.lineWidth = 1.4;
  for (const line of shown) drawLine(context, layout, line, line.color);
  context.globalAlpha = 1;
  const chosen = shown.find((line) => line.id === active);
  if (chosen) {
    context.lineWidth = 5;
    drawLine(context, layout, chosen, look.back);
    context.lineWidth = 3;
    drawLine(context, layout, chosen, chosen.color);
  }
  for (const axis of layout.axes) drawAxis(context, look, scene, axis);
}

function drawLine(
  context: CanvasRenderingContext2D,
  layout: ParallelLayout,
  line: PlacedLine,
  color: string,
): void {
  context.strokeStyle = color;
  context.beginPath();
  let isDown = false;
  line.places.forEach((y, at) => {
    const x = layout.axes[at]!.x;
    if (y !== null && isDown) context.lineTo(x, y);
    else if (y !== null) context.moveTo(x, y);
    isDown = y !== null;
  });
  context.stroke();
}

function drawAxis(
  context: CanvasRenderingContext2D,
  look: Look,
  scene: Scene,
  axis: PlacedAxis,
): void {
  const { layout, brushes } = scene;
  context.lineWidth = 1;
  context.strokeStyle = look.muted;
  strokeLine(context, axis.x, layout.top, axis.x, layout.bottom);
  context.textBaseline = "middle";
  context.textAlign = "left";
  const room = layout.axes.length > 1 ? layout.size.width / layout.axes.length - 24 : 200;
  for (const { at, label } of axis.axis.ticks) {
    strokeLine(context, axis.x - 3, at, axis.x + 3, at);
    drawLabel(context, look, shorten(context, label, Math.max(30, room)), [axis.x + 7, at]);
  }
  const brush = brushes.get(axis.id);
  if (!brush) return;
  const [top, bottom] = endsOf(axis, brush, layout);
  context.fillStyle = look.text;
  context.globalAlpha = 0.14;
  context.fillRect(axis.x - WIDTH / 2, top, WIDTH, bottom - top);
  context.globalAlpha = 1;
  context.strokeStyle = look.text;
  context.strokeRect(axis.x - WIDTH / 2, top, WIDTH, bottom - top);
}

/** A label has a halo, so that it can be read above lines. */
function drawLabel(
  context: CanvasRenderingContext2D,
  look: Look,
  text: string,
  [x, y]: readonly [number, number],
): void {
  context.save();
  context.strokeStyle = look.back;
  context.lineWidth = 4;
  context.strokeText(text, x, y);
  context.fillStyle = look.text;
  context.fillText(text, x, y);
  context.restore();
}
