/** Whether elements are in sight: what is not is not drawn, and asks the server for nothing. */

import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Range } from "@/charts/options";

const NEAR = "400px";

/** Children of a fixed height that are only there while they are in sight, or nearly so. */
export function InSight({
  height,
  children,
}: {
  height: number;
  children: () => ComponentChildren;
}) {
  const place = useRef<HTMLDivElement>(null);
  const [isNear, setNear] = useState(false);
  useEffect(() => {
    const watch = new IntersectionObserver((entries) => setNear(entries.at(-1)!.isIntersecting), {
      rootMargin: NEAR,
    });
    watch.observe(place.current!);
    return () => watch.disconnect();
  }, []);
  return (
    <div ref={place} style={{ height: `${height}px` }}>
      {isNear && children()}
    </div>
  );
}

const STEP = 120; // pixels to scroll before the parts in sight are looked for again

/** Return which part of a tall element is in the window, from its top; whatever scrolls it. */
export function useSpan(element: { readonly current: HTMLElement | null }): Range {
  const [span, setSpan] = useState<Range>([0, 0]);
  useLayoutEffect(() => {
    let frame = 0;
    const look = (): void => {
      frame = 0;
      const top = -(element.current?.getBoundingClientRect().top ?? 0);
      const first = Math.floor(top / STEP) * STEP;
      const last = first + Math.ceil(window.innerHeight / STEP + 1) * STEP;
      setSpan((now) => (now[0] === first && now[1] === last ? now : [first, last]));
    };
    const later = (): void => {
      frame ||= requestAnimationFrame(look);
    };
    look();
    document.addEventListener("scroll", later, { capture: true, passive: true });
    window.addEventListener("resize", later);
    return () => {
      cancelAnimationFrame(frame);
      document.removeEventListener("scroll", later, { capture: true });
      window.removeEventListener("resize", later);
    };
  }, []);
  return span;
}

/** Return the width of an element, which changes with the window. */
export function useWidth(element: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const read = (): void => setWidth(element.current!.clientWidth);
    const watch = new ResizeObserver(read);
    watch.observe(element.current!);
    read();
    return () => watch.disconnect();
  }, []);
  return width;
}
