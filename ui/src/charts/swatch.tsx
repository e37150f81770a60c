/** A short piece of a curve, in legends. */

import { colorNow } from "@/charts/look";
import type { LineStyle } from "@/charts/palette";

/** The colour and dashes of a curve. */
export function Swatch({ line }: { line: LineStyle }) {
  return (
    <svg class="swatch" viewBox="0 0 18 8" aria-hidden="true">
      <line
        x1="0"
        x2="18"
        y1="4"
        y2="4"
        stroke={colorNow(line.color)}
        stroke-width="2.5"
        stroke-dasharray={line.dash.join(" ") || undefined}
      />
    </svg>
  );
}
