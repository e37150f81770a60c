/** Confines style sheets to an element, so that a notebook around it looks as before. */

import type { Plugin } from "vite";

/** Nest all rules in those of a selector, which takes the place of the page's root. */
export function scopedStyles(selector: string): Plugin {
  return {
    name: "scoped-styles",
    enforce: "post",
    generateBundle(_, bundle) {
      for (const [name, one] of Object.entries(bundle)) {
        if (one.type !== "asset" || !name.endsWith(".css")) continue;
        one.source = `${selector}{${String(one.source).replaceAll(":root", "&")}}`;
      }
    },
  };
}
