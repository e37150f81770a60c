/** Buttons with a word that copy a text. */

import { useState } from "preact/hooks";
import { Button } from "@/parts/button";
import { copyText } from "@/parts/copy";
import { notifyError } from "@/parts/toast";

/** A button that says what it copies. */
export function CopyAs({ text, title, label }: { text: string; title: string; label: string }) {
  const [isDone, setDone] = useState(false);
  const copy = (): void => {
    copyText(text).then(() => {
      setDone(true);
      setTimeout(() => setDone(false), 1_500);
    }, notifyError);
  };
  return (
    <Button icon={isDone ? "check" : "copy"} aria-label={label} title={label} onClick={copy}>
      {title}
    </Button>
  );
}
