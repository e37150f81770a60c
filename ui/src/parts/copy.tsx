/** Texts to copy, such as a command. */

import { useState } from "preact/hooks";
import { Button } from "@/parts/button";
import { notifyError } from "@/parts/toast";

/** Copy a text, also where the page has no clipboard because it is not served by HTTPS. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/** A button that copies a text. */
export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
  const [isDone, setDone] = useState(false);
  const copy = (): void => {
    copyText(text).then(() => {
      setDone(true);
      setTimeout(() => setDone(false), 1_500);
    }, notifyError);
  };
  return (
    <Button icon={isDone ? "check" : "copy"} label={isDone ? "Copied" : label} onClick={copy} />
  );
}

/** A command to type, and a button that copies it. */
export function Command({ text }: { text: string }) {
  return (
    <div class="command">
      <code>{text}</code>
      <CopyButton text={text} label="Copy the command" />
    </div>
  );
}
