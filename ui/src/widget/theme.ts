/** Whether a notebook is light or dark, which each program says in its own way. */

import { lookAt } from "@/charts/look";

/** Draw an element as light or dark as what is around it, also later; return how to stop. */
export function followTheme(element: HTMLElement): () => void {
  const renew = (): void => {
    element.dataset["theme"] = isDark(element.parentElement) ? "dark" : "light";
    lookAt(element);
  };
  const watch = new MutationObserver(renew);
  for (const one of [document.documentElement, document.body]) {
    watch.observe(one, { attributes: true });
  }
  const preference = matchMedia("(prefers-color-scheme: dark)");
  preference.addEventListener("change", renew);
  renew();
  return () => {
    watch.disconnect();
    preference.removeEventListener("change", renew);
  };
}

/** Whether the first background around an element is dark. */
function isDark(element: Element | null): boolean {
  for (let one = element; one; one = one.parentElement) {
    const color = getComputedStyle(one)
      .backgroundColor.match(/[\d.]+/g)
      ?.map(Number);
    if (!color || color[3] === 0) continue;
    const [red = 255, green = 255, blue = 255] = color;
    return 0.3 * red + 0.6 * green + 0.1 * blue < 110;
  }
  return false;
}
