/** What can be done by a key or in the palette: each page adds its own while it is shown. */

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

export interface Command {
  readonly title: string;
  /** The key that does it, as `KeyboardEvent.key`; none for the palette alone. */
  readonly key?: string;
  readonly act: () => void;
}

/** The commands of the pages that are shown. */
export const commands = signal<readonly Command[]>([]);

/** Offer commands while a component is shown. */
export function useCommands(own: readonly Command[], dependencies: readonly unknown[] = []): void {
  useEffect(() => {
    commands.value = [...commands.value, ...own];
    return () => {
      commands.value = commands.value.filter((one) => !own.includes(one));
    };
  }, dependencies);
}

/** Whether a key is typed into a text. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement;
  return target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
}
