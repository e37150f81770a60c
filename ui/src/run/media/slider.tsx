/** A slider over steps: by mouse, by arrow keys, or by itself. */

import { useEffect, useState } from "preact/hooks";
import { Button } from "@/parts/button";
import { change } from "@/parts/location";

interface Props {
  readonly steps: readonly number[];
  readonly step: number;
}

const PACE = 400; // milliseconds for a step while it plays

/** The slider; its step is in the address, as `step`. */
export function StepSlider({ steps, step }: Props) {
  const at = indexAt(steps, step);
  const go = (index: number): void => {
    const next = steps[Math.max(0, Math.min(steps.length - 1, index))];
    if (next !== undefined) change({ step: String(next) }, { replace: true });
  };
  const { isPlaying, toggle } = usePlay(at, steps.length, go);
  const isSingle = steps.length < 2;
  return (
    <div class="step-slider" role="group" aria-label="Step">
      <Button aria-pressed={isPlaying} disabled={isSingle} onClick={toggle}>
        {isPlaying ? "Stop" : "Play"}
      </Button>
      <input
        type="range"
        min={0}
        max={Math.max(0, steps.length - 1)}
        value={at}
        disabled={isSingle}
        aria-label="Step"
        aria-valuetext={`step ${steps[at] ?? 0}`}
        onInput={(event) => go(Number(event.currentTarget.value))}
      />
      <output class="step-now">
        step {(steps[at] ?? 0).toLocaleString("en")}
        <span class="muted">
          {" "}
          {at + 1}/{steps.length}
        </span>
      </output>
    </div>
  );
}

/** Return the index of the last step that is no later than a step. */
export function indexAt(steps: readonly number[], step: number): number {
  const after = steps.findIndex((one) => one > step);
  return Math.max(0, (after < 0 ? steps.length : after) - 1);
}

function usePlay(at: number, count: number, go: (index: number) => void) {
  const [isPlaying, setPlaying] = useState(false);
  useEffect(() => {
    if (!isPlaying) return;
    if (at >= count - 1) return setPlaying(false);
    const timer = setTimeout(() => go(at + 1), PACE);
    return () => clearTimeout(timer);
  }, [isPlaying, at, count]);
  const toggle = (): void => {
    if (!isPlaying && at >= count - 1) go(0);
    setPlaying(!isPlaying);
  };
  return { isPlaying, toggle };
}
