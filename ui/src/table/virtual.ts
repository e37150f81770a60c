/** The rows and columns in view, by `@tanstack/virtual-core`. */

import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
  type VirtualItem,
} from "@tanstack/virtual-core";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

interface Options {
  readonly scroller: { readonly current: HTMLElement | null };
  readonly count: number;
  readonly size: (index: number) => number;
  readonly overscan: number;
  readonly horizontal?: boolean;
  /** The height of what sticks to the start of the scroller. */
  readonly margin?: number;
}

export interface Virtual {
  readonly items: readonly VirtualItem[];
  readonly total: number;
  scrollTo(index: number): void;
  /** Read the sizes of all items again. */
  measure(): void;
}

type Lists = Virtualizer<HTMLElement, HTMLElement>;

/** Follow a scroller; the component is drawn again when other items come into view. */
export function useVirtual(options: Options): Virtual {
  const [, redraw] = useState(0);
  const { scroller, count, size, overscan, horizontal = false, margin = 0 } = options;
  const settings = {
    count,
    estimateSize: size,
    overscan,
    horizontal,
    scrollPaddingStart: margin,
    getScrollElement: () => scroller.current,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: () => redraw((turn) => turn + 1),
    initialRect: { width: 1_200, height: 800 },
  };
  const held = useRef<Lists | null>(null);
  const virtualizer = (held.current ??= new Virtualizer<HTMLElement, HTMLElement>(settings));
  virtualizer.setOptions(settings);
  useEffect(() => virtualizer._didMount(), []);
  useLayoutEffect(() => virtualizer._willUpdate());
  return {
    items: virtualizer.getVirtualItems(),
    total: virtualizer.getTotalSize(),
    measure: () => virtualizer.measure(),
    scrollTo: (index) => virtualizer.scrollToIndex(index, { align: "auto" }),
  };
}

/** Return the sum of sizes. */
export function sumOf(sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum + size, 0);
}
