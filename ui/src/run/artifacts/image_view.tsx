/** An image that one zooms and moves: by the wheel, by dragging, by keys. */

import { useEffect, useRef, useState } from "preact/hooks";
import { Button } from "@/parts/button";
import { Problem, Skeleton } from "@/parts/problem";
import { px } from "@/table/px";
import { useImageAddress } from "@/run/artifacts/blob";
import type { PreviewProps } from "@/run/artifacts/preview";
import { centered, fitted, zoomed, type Place, type Size } from "@/run/artifacts/zoom";

/** An image file. */
export function ImageView(props: PreviewProps) {
  const { address, error } = useImageAddress(props);
  if (error) return <Problem error={error} />;
  if (!address) return <Skeleton lines={6} />;
  return <Stage key={address} address={address} name={props.file.path} />;
}

const STEP = 1.25;
const GRID_FROM = 12; // screen pixels for one of the image, from which a grid is drawn

function Stage({ address, name }: { address: string; name: string }) {
  const frame = useRef<HTMLDivElement>(null);
  const [image, setImage] = useState<Size | null>(null);
  const [hasFailed, setFailed] = useState(false);
  const { place, setPlace, sizeOfFrame, fit } = usePlace(frame, image);
  const about = (factor: number): void => {
    const { width, height } = sizeOfFrame();
    if (place) setPlace(zoomed(place, factor, width / 2, height / 2));
  };
  const one = (): void => {
    if (image) setPlace(centered(image, sizeOfFrame(), 1));
  };
  if (hasFailed) return <Problem error={new Error("The browser cannot show this image.")} />;
  const keys = { place, setPlace, about, fit, one };
  return (
    <div class="image-stage">
      <StageBar keys={keys} image={image} />
      <div
        class="stage-frame"
        ref={frame}
        tabIndex={0}
        role="group"
        aria-label="Image; arrow keys move it, plus and minus zoom"
        onKeyDown={(event) => pressed(event, keys)}
        {...useDrag(place, setPlace)}
      >
        <img
          src={address}
          alt={name}
          draggable={false}
          class={place && place.scale >= 2 ? "sharp" : undefined}
          style={styleOf(image, place)}
          onLoad={(event) => setImage(naturalSize(event.currentTarget))}
          onError={() => setFailed(true)}
        />
        {image && place && place.scale >= GRID_FROM && <PixelGrid image={image} place={place} />}
      </div>
    </div>
  );
}

function StageBar({ keys, image }: { keys: Keys; image: Size | null }) {
  const { place, about, fit, one } = keys;
  return (
    <div class="preview-bar">
      <Button onClick={fit}>Fit</Button>
      <Button onClick={one}>1:1</Button>
      <Button aria-label="Smaller" onClick={() => about(1 / STEP)}>
        −
      </Button>
      <Button aria-label="Larger" onClick={() => about(STEP)}>
        +
      </Button>
      <span class="muted">
        {image && place && `${image.width} × ${image.height}, ${percent(place.scale)}`}
      </span>
    </div>
  );
}

const percent = (scale: number): string =>
  `${scale >= 0.1 ? Math.round(scale * 100) : (scale * 100).toFixed(1)} %`;

/** Return the size of an image; drawings without one get a usual size. */
function naturalSize(image: HTMLImageElement): Size {
  return { width: image.naturalWidth || 640, height: image.naturalHeight || 480 };
}

function styleOf(image: Size | null, place: Place | null) {
  if (!image || !place) return { visibility: "hidden" as const };
  return {
    width: px(image.width),
    height: px(image.height),
    transform: `translate(${place.x}px, ${place.y}px) scale(${place.scale})`,
  };
}

function usePlace(frame: { current: HTMLDivElement | null }, image: Size | null) {
  const [place, setPlace] = useState<Place | null>(null);
  const isFitted = useRef(true);
  const sizeOfFrame = (): Size => {
    const { clientWidth: width = 1, clientHeight: height = 1 } = frame.current ?? {};
    return { width, height };
  };
  const fit = (): void => {
    isFitted.current = true;
    if (image) setPlace(fitted(image, sizeOfFrame()));
  };
  const move = (next: Place): void => {
    isFitted.current = false;
    setPlace(next);
  };
  useEffect(fit, [image]);
  useEffect(() => {
    if (typeof ResizeObserver === "undefined") return;
    const observer = new ResizeObserver(() => isFitted.current && fit());
    observer.observe(frame.current!);
    return () => observer.disconnect();
  }, [image]);
  useEffect(() => {
    const element = frame.current!;
    const turn = (event: WheelEvent): void => {
      event.preventDefault();
      const box = element.getBoundingClientRect();
      const factor = Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016));
      isFitted.current = false;
      setPlace((now) =>
        now ? zoomed(now, factor, event.clientX - box.left, event.clientY - box.top) : now,
      );
    };
    element.addEventListener("wheel", turn, { passive: false });
    return () => element.removeEventListener("wheel", turn);
  }, []);
  return { place, setPlace: move, sizeOfFrame, fit };
}

function useDrag(place: Place | null, setPlace: (place: Place) => void) {
  const start = useRef<{ x: number; y: number; place: Place } | null>(null);
  return {
    onPointerDown: (event: PointerEvent) => {
      if (!place || event.button !== 0) return;
      (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
      start.current = { x: event.clientX, y: event.clientY, place };
    },
    onPointerMove: (event: PointerEvent) => {
      const from = start.current;
      if (!from) return;
      const [x, y] = [from.place.x + event.clientX - from.x, from.place.y + event.clientY - from.y];
      setPlace({ ...from.place, x, y });
    },
    onPointerUp: () => void (start.current = null),
    onPointerCancel: () => void (start.current = null),
  };
}

interface Keys {
  readonly place: Place | null;
  readonly setPlace: (place: Place) => void;
  readonly about: (factor: number) => void;
  readonly fit: () => void;
  readonly one: () => void;
}

const NUDGE = 40;
const MOVES: Record<string, readonly [number, number]> = {
  ArrowLeft: [NUDGE, 0],
  ArrowRight: [-NUDGE, 0],
  ArrowUp: [0, NUDGE],
  ArrowDown: [0, -NUDGE],
};

function pressed(event: KeyboardEvent, keys: Keys): void {
  const { place, setPlace, about, fit, one } = keys;
  const move = MOVES[event.key];
  const acts: Record<string, () => void> = {
    "+": () => about(STEP),
    "=": () => about(STEP),
    "-": () => about(1 / STEP),
    "0": fit,
    "1": one,
  };
  const act = acts[event.key];
  if (event.ctrlKey || event.metaKey || !place || !(move || act)) return;
  event.preventDefault();
  if (move) setPlace({ ...place, x: place.x + move[0], y: place.y + move[1] });
  else act?.();
}

/** Lines between the pixels of an image. */
function PixelGrid({ image, place }: { image: Size; place: Place }) {
  const style = {
    left: px(place.x),
    top: px(place.y),
    width: px(image.width * place.scale),
    height: px(image.height * place.scale),
    backgroundSize: `${place.scale}px ${place.scale}px`,
  };
  return <div class="pixel-grid" style={style} />;
}
