/** The colours of the page as a canvas needs them, and a signal of their change. */

import { signal } from "@preact/signals";
import { shownColor } from "@/charts/palette";

/** The colours of what is around curves. */
export interface Look {
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly back: string;
  readonly isDark: boolean;
}

let place: Element = document.documentElement;

/** Return the colours of the page now. */
export function lookNow(): Look {
  const style = getComputedStyle(place);
  const read = (name: string, other: string): string =>
    style.getPropertyValue(name).trim() || other;
  return {
    text: read("--text", "#1b1f24"),
    muted: read("--muted", "#626b76"),
    line: read("--line", "#e2e5ea"),
    back: read("--back", "#ffffff"),
    isDark: style.colorScheme === "dark",
  };
}

/** The colours of the page; they change between light and dark. */
export const look = signal<Look>(lookNow());

const renew = (): void => {
  look.value = lookNow();
};

/** Take the colours of an element instead of those of the page; call it again when they change. */
export function lookAt(element: Element): void {
  place = element;
  renew();
}

new MutationObserver(renew).observe(document.documentElement, { attributeFilter: ["data-theme"] });

/** Return the colour of a curve as the page shows it now. */
export function colorNow(color: string): string {
  return shownColor(color, look.value.isDark);
}
