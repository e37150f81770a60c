/** A canvas that fits its place and the screen, and is drawn again when the theme changes. */

import type { ComponentChildren, HTMLAttributes } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { look, type Look } from "@/charts/look";
import "@/charts/canvas.css";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Draw into a canvas whose unit is a pixel of the page. */
export type Draw = (context: CanvasRenderingContext2D, look: Look) => void;

interface Props extends Omit<HTMLAttributes<HTMLDivElement>, "size" | "label"> {
  /** What the drawing shows, for screen readers. */
  readonly label: string;
  readonly draw: Draw;
  readonly size: Size;
  readonly frame: { readonly current: HTMLDivElement | null };
  readonly children?: ComponentChildren;
}

/** Return the size of an element, and keep it. */
export function useSize(): [{ current: HTMLDivElement | null }, Size] {
  const frame = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = frame.current!;
    const measure = (): void => {
      const { clientWidth: width, clientHeight: height } = element;
      setSize((now) => (now.width === width && now.height === height ? now : { width, height }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [frame, size];
}

/** The drawing; it has the focus for its keys. */
export function Drawing({ label, draw, size, frame, children, ...rest }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const now = look.value;
  useEffect(() => {
    const element = canvas.current!;
    const context = element.getContext("2d");
    if (!context || !size.width) return;
    const ratio = window.devicePixelRatio || 1;
    element.width = Math.round(size.width * ratio);
    element.height = Math.round(size.height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.font = "11px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";
    context.lineJoin = "round";
    draw(context, now);
  }, [draw, size, now]);
  return (
    <div class="drawing" ref={frame} role="application" aria-label={label} tabIndex={0} {...rest}>
      <canvas ref={canvas} aria-hidden="true" />
      {children}
    </div>
  );
}

/** Return the place of the pointer in an element. */
export function placeOf(event: PointerEvent | MouseEvent, element: HTMLElement): [number, number] {
  const box = element.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}
