/** The keys of the page, and the list of them. */

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { isPaletteOpen } from "@/app/palette";
import { commands, isTyping } from "@/parts/commands";
import { Dialog } from "@/parts/dialog";

export const areKeysOpen = signal(false);

const EVERYWHERE: readonly (readonly [string, string])[] = [
  ["Ctrl K", "find a page, run, experiment, view or action"],
  ["?", "this list"],
  ["Esc", "close, or clear the selection"],
];
const TABLE: readonly (readonly [string, string])[] = [
  ["↑ ↓", "move"],
  ["Page Up, Page Down, Home, End", "move further"],
  ["Space", "select; with Shift from the last one on"],
  ["Ctrl A", "select all"],
  ["Enter", "open"],
  ["Shift-click on a head", "sort by several columns"],
];

function act(event: KeyboardEvent): void {
  if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    isPaletteOpen.value = !isPaletteOpen.value;
    return;
  }
  if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
  const command = commands.value.findLast((one) => one.key === event.key);
  if (event.key === "?") areKeysOpen.value = true;
  else if (command) {
    event.preventDefault();
    command.act();
  }
}

/** Act on the keys of the page. */
export function useKeys(): void {
  useEffect(() => {
    document.addEventListener("keydown", act);
    return () => document.removeEventListener("keydown", act);
  }, []);
}

/** The list of keys, while it is open. */
export function Keys() {
  if (!areKeysOpen.value) return null;
  const own = commands.value.flatMap((one) => (one.key ? [[one.key, one.title] as const] : []));
  return (
    <Dialog title="Keys" onClose={() => (areKeysOpen.value = false)}>
      <KeyList title="Everywhere" keys={EVERYWHERE} />
      {own.length > 0 && <KeyList title="On this page" keys={own} />}
      <KeyList title="In a table" keys={TABLE} />
    </Dialog>
  );
}

function KeyList(props: { title: string; keys: readonly (readonly [string, string])[] }) {
  return (
    <>
      <h3>{props.title}</h3>
      <dl class="keys">
        {props.keys.map(([key, text]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
