/** Light or dark: as the system has it, or as the user chose. */

import { signal } from "@preact/signals";
import { readKept, writeKept } from "@/parts/kept";

export type Theme = "system" | "light" | "dark";

const theme = signal<Theme>(readKept<Theme>("theme", "system"));

/** Draw the page in the chosen theme. */
export function applyTheme(): void {
  const root = document.documentElement;
  if (theme.value === "system") root.removeAttribute("data-theme");
  else root.setAttribute("data-theme", theme.value);
}

/** Change between light and dark. */
export function toggleTheme(): void {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = theme.value === "system" ? (dark ? "dark" : "light") : theme.value;
  theme.value = now === "dark" ? "light" : "dark";
  writeKept("theme", theme.value);
  applyTheme();
}
