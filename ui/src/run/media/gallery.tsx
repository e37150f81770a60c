/** What was logged by step, several keys side by side, with one slider over the steps. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { readMedia, type MediaSeries } from "@/api/media";
import { Button } from "@/parts/button";
import { formatCount } from "@/parts/format";
import { readKept, writeKept } from "@/parts/kept";
import { useLoad } from "@/parts/load";
import { change, location } from "@/parts/location";
import { Empty, Problem, Skeleton } from "@/parts/problem";
import { px } from "@/table/px";
import { MediaCard, preload } from "@/run/media/card";
import { chosenSeries, itemAt, stepsOf } from "@/run/media/series";
import { StepSlider } from "@/run/media/slider";
import "@/run/media/media.css";

interface Props {
  readonly run: string;
  /** Changes when files were logged. */
  readonly count: number;
}

/** The gallery of a run; its step and its keys are in the address. */
export function MediaGallery({ run, count }: Props) {
  const { value, error } = useLoad((signal) => readMedia(run, signal), [run, count]);
  if (error) return <Problem error={error} />;
  if (!value) return <Skeleton lines={6} />;
  if (!value.length) return <NoMedia />;
  return <Gallery run={run} all={value} />;
}

function NoMedia() {
  return (
    <Empty title="Nothing logged by step">
      <p>Images, sounds and texts that the run logs at steps are here:</p>
      <pre>{'treadle.log_image(image, "samples", step=10)'}</pre>
    </Empty>
  );
}

const PAGE = 60; // cards that are drawn at once

function Gallery({ run, all }: { run: string; all: readonly MediaSeries[] }) {
  const { query } = location.value;
  const text = query.get("keys") ?? "";
  const series = useMemo(() => chosenSeries(all, text), [all, text]);
  const steps = useMemo(() => stepsOf(series), [series]);
  const asked = query.get("step");
  const step = asked === null ? (steps.at(-1) ?? 0) : Number(asked) || 0;
  const [pages, setPages] = useState(1);
  const [size, setSize] = useState(() => readKept("media-size", 240));
  const shown = series.slice(0, pages * PAGE);
  usePreload(run, shown, steps, step);
  const resize = (next: number): void => {
    writeKept("media-size", next);
    setSize(next);
  };
  return (
    <section class="media" aria-label="Media">
      <div class="preview-bar">
        <KeyFilter text={text} count={series.length} />
        <StepSlider steps={steps} step={step} />
        <SizeSlider size={size} onResize={resize} />
      </div>
      <div class="media-grid" style={{ gridTemplateColumns: columns(size) }}>
        {shown.map((one) => (
          <MediaCard key={`${one.kind} ${one.key}`} run={run} series={one} step={step} />
        ))}
        {series.length > shown.length && (
          <Button onClick={() => setPages(pages + 1)}>
            Show {Math.min(PAGE, series.length - shown.length)} more
          </Button>
        )}
      </div>
    </section>
  );
}

const columns = (size: number): string => `repeat(auto-fill, minmax(min(100%, ${px(size)}), 1fr))`;

/** Ask for the images of the next step before the slider is there. */
function usePreload(
  run: string,
  shown: readonly MediaSeries[],
  steps: readonly number[],
  step: number,
): void {
  useEffect(() => {
    const next = steps.find((one) => one > step);
    if (next === undefined) return;
    for (const one of shown) {
      const item = one.kind === "image" ? itemAt(one, next) : null;
      if (item) preload(run, item.path);
    }
  }, [run, shown.length, step]);
}

function KeyFilter({ text, count }: { text: string; count: number }) {
  return (
    <>
      <input
        type="search"
        placeholder="Find keys"
        aria-label="Find keys"
        value={text}
        onInput={(event) => change({ keys: event.currentTarget.value }, { replace: true })}
      />
      <span class="muted">{formatCount(count, "key")}</span>
    </>
  );
}

function SizeSlider({ size, onResize }: { size: number; onResize: (size: number) => void }) {
  return (
    <label class="media-size">
      <span class="muted">Size</span>
      <input
        type="range"
        min={96}
        max={720}
        step={16}
        value={size}
        onInput={(event) => onResize(Number(event.currentTarget.value))}
      />
    </label>
  );
}
