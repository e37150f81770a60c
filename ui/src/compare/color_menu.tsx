/** The colour of a run, and the panel that changes it. */

import type { RunRow } from "@/api/types";
import { colorNow } from "@/charts/look";
import { COLORS } from "@/charts/palette";
import { colorOfRun, setColor, styleOf, titleOf } from "@/compare/colors";
import { Popover } from "@/parts/popover";

/** A button in the colour of a run; it opens the palette. */
export function ColorMenu({ run }: { run: RunRow }) {
  const color = colorOfRun(run.id);
  return (
    <span class="color-menu" style={{ "--own": color }}>
      <Popover label={`Colour of ${titleOf(run)}`} bare>
        {(close) => (
          <div class="colors">
            {COLORS.map((one, at) => (
              <button
                key={one}
                type="button"
                aria-label={`Colour ${at + 1}`}
                aria-pressed={one === styleOf(run.id).color}
                style={{ background: colorNow(one) }}
                onClick={() => {
                  setColor(run.id, at);
                  close();
                }}
              />
            ))}
            <button type="button" class="link" onClick={() => setColor(run.id, null)}>
              Automatic
            </button>
          </div>
        )}
      </Popover>
    </span>
  );
}
