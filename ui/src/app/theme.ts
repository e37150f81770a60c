/** Light or dark: as the system has it, or as the user chose. */

import { signal } from "@preact/signals";
import { readKept, writeKept } from "@/parts/kept";

export type Theme = "system" | "light" | "dark";

const theme = signal<Theme>(readKept<Theme>("theme", "system"));
const preference = matchMedia("(prefers-color-scheme: dark)");
preference.addEventListener("change", applyTheme);

function themeNow(): "light" | "dark" {
  if (theme.value !== "system") return theme.value;
  return preference.matches ? "dark" : "light";
}

/** Draw the page in the theme; the style sheets know it by an attribute. */
export function applyTheme(): void {
  document.documentElement.dataset["theme"] = themeNow();
}

/** Change between light and dark. */
export function toggleTheme(): void {
  theme.value = themeNow() === "dark" ? "light" : "dark";
  writeKept("theme", theme.value);
  applyTheme();
}
