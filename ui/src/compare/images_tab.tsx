/** The tab with the images of runs side by side, at a step. */

import { useMemo, useState } from "preact/hooks";
import { addressOfFile, readDetails, readMedia } from "@/api/compare";
import type { RunRow } from "@/api/types";
import { colorOfRun, titleOf } from "@/compare/colors";
import { data } from "@/compare/data";
import { keysOf, pictureAt, picturesOf, stepsOf, type Pictures } from "@/compare/media";
import { state, update } from "@/compare/state";
import { Button } from "@/parts/button";
import { formatCount } from "@/parts/format";
import { Link } from "@/parts/link";
import { useLoad } from "@/parts/load";
import { linkTo } from "@/parts/location";
import { Empty, Problem, Skeleton } from "@/parts/problem";

const FIRST = 12; // runs that are read at once
const KEYS = 30; // that are drawn at once

interface Shown {
  readonly run: RunRow;
  readonly pictures: Pictures;
}

/** The tab. */
export function ImagesTab() {
  const [most, setMost] = useState(FIRST);
  const runs = data.runs.value.slice(0, most);
  const found = useLoad(
    () => Promise.all(runs.map(readPictures)),
    [runs.map((run) => run.id).join()],
  );
  const { find, step } = state.value;
  const shown = found.value ?? [];
  const steps = useMemo(() => stepsOf(shown.map((one) => one.pictures)), [found.value]);
  if (found.error) return <Problem error={found.error} />;
  if (!found.value) return <Skeleton lines={8} />;
  const all = keysOf(shown.map((one) => one.pictures));
  const keys = all.filter((key) => key.toLowerCase().includes(find.toLowerCase()));
  const now = step === "" ? (steps.at(-1) ?? 0) : Number(step);
  const left = data.runs.value.length - shown.length;
  if (!all.length && left <= 0) return <NoImages />;
  return (
    <>
      <div class="tools">
        <FindKeys />
        {steps.length > 1 && <StepSlider steps={steps} now={now} />}
        <span class="space" />
        <output class="muted">{formatCount(keys.length, "key")}</output>
        {left > 0 && <ReadMore onMore={() => setMost(most + FIRST)} />}
      </div>
      <div class="sheet">
        {keys.slice(0, KEYS).map((key) => (
          <Row key={key} name={key} shown={shown} step={now} />
        ))}
        {keys.length > KEYS && (
          <p class="muted">{formatCount(keys.length - KEYS, "more key")}: type to find them</p>
        )}
      </div>
    </>
  );
}

async function readPictures(run: RunRow): Promise<Shown> {
  const [media, details] = await Promise.all([readMedia(run.id), readDetails(run.id)]);
  return { run, pictures: picturesOf(media, details.artifacts) };
}

function ReadMore({ onMore }: { onMore: () => void }) {
  return (
    <Button onClick={onMore}>Read more of {formatCount(data.runs.value.length, "run")}</Button>
  );
}

function FindKeys() {
  return (
    <input
      type="search"
      placeholder="Find images"
      aria-label="Find images"
      value={state.value.find}
      onInput={(event) => update({ find: event.currentTarget.value }, { replace: true })}
    />
  );
}

/** The step of all images: each run shows its image there, or the last one before. */
function StepSlider({ steps, now }: { steps: readonly number[]; now: number }) {
  const at = Math.max(
    0,
    steps.findLastIndex((step) => step <= now),
  );
  return (
    <label class="steps">
      step
      <input
        type="range"
        min={0}
        max={steps.length - 1}
        value={at}
        aria-valuetext={`step ${steps[at]}`}
        onInput={(event) =>
          update({ step: String(steps[Number(event.currentTarget.value)]) }, { replace: true })
        }
      />
      <output>{steps[at]}</output>
    </label>
  );
}

function Row({ name, shown, step }: { name: string; shown: readonly Shown[]; step: number }) {
  const own = shown.filter((one) => one.pictures.size > 0);
  return (
    <section class="pictures" aria-label={name}>
      <h2>{name}</h2>
      <div class="picture-row" tabIndex={0} role="group" aria-label={`${name} of each run`}>
        {own.map((one) => (
          <Figure key={one.run.id} name={name} shown={one} step={step} />
        ))}
      </div>
    </section>
  );
}

function Figure({ name, shown, step }: { name: string; shown: Shown; step: number }) {
  const { run, pictures } = shown;
  const picture = pictureAt(pictures.get(name), step);
  const address = picture && addressOfFile(run.id, picture.path);
  return (
    <figure>
      {address ? (
        <a href={address} target="_blank" rel="noopener" title="Download the image">
          <img src={address} alt={`${name} of ${titleOf(run)}`} loading="lazy" />
        </a>
      ) : (
        <span class="no-picture muted">none</span>
      )}
      <figcaption class="run-mark">
        <i style={{ background: colorOfRun(run.id) }} />
        <Link to={linkTo(["runs", run.id])}>{titleOf(run)}</Link>
        {typeof picture?.step === "number" && <span class="muted">step {picture.step}</span>}
      </figcaption>
    </figure>
  );
}

function NoImages() {
  return (
    <Empty title="These runs have no images">
      <p>Log them at steps, and they are here side by side:</p>
      <pre>{`treadle.log_image(image, "samples", step=epoch)`}</pre>
    </Empty>
  );
}
