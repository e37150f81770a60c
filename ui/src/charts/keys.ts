/** The keys of a line chart: move the cursor, zoom, and back. */

import type { Signal } from "@preact/signals";
import { nearest, type Curve } from "@/charts/curve";
import type { Range } from "@/charts/options";
import type { Cursor, Plot, Scene } from "@/charts/plot";

interface Target {
  readonly plot: Plot | null;
  readonly scene: Scene;
  readonly cursor: Signal<Cursor | null>;
  readonly onZoom: (range: Range | null) => void;
}

const FAR = 10;

/** Act on a key that was pressed in a chart. */
export function pressed(event: KeyboardEvent, target: Target): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (!act(event, target)) return;
  event.preventDefault();
  event.stopPropagation();
}

function act(event: KeyboardEvent, target: Target): boolean {
  const { key } = event;
  const { scene, onZoom, cursor } = target;
  if (key === "0") onZoom(null);
  else if (key === "+" || key === "=") onZoom(scaled(target, 0.5));
  else if (key === "-") onZoom(scaled(target, 2));
  else if (key === "ArrowLeft") move(target, event.shiftKey ? -FAR : -1);
  else if (key === "ArrowRight") move(target, event.shiftKey ? FAR : 1);
  else if (key === "Home") target.plot?.point(scene.x[0]);
  else if (key === "End") target.plot?.point(scene.x[1]);
  else if (key === "Escape" && cursor.value) cursor.value = null;
  else return false;
  return true;
}

/** Move to a next point of the curve that the cursor is at, as far as it is in sight. */
function move({ plot, scene, cursor }: Target, count: number): void {
  const curve: Curve | undefined = cursor.value?.hits[0]?.curve ?? scene.curves[0];
  if (!curve?.x.length) return;
  const now = cursor.value?.x;
  const from = now === undefined ? nearest(curve, scene.x[0]) - count : nearest(curve, now);
  const at = Math.max(0, Math.min(curve.x.length - 1, from + count));
  const x = curve.x[at]!;
  plot?.point(Math.max(scene.x[0], Math.min(scene.x[1], x)));
}

/** Return the range in sight, made wider or narrower around the cursor. */
function scaled({ scene, cursor }: Target, factor: number): Range {
  const [low, high] = scene.x;
  if (scene.options.logX) {
    const centre = Math.sqrt(low * high);
    return [centre * (low / centre) ** factor, centre * (high / centre) ** factor];
  }
  const centre = cursor.value?.x ?? (low + high) / 2;
  return [centre - (centre - low) * factor, centre + (high - centre) * factor];
}
