/** A panel beside a list, about the entry that is chosen. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Button } from "@/parts/button";

interface Props {
  readonly label: string;
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** The panel; Escape closes it, from the list as well. */
export function SidePanel({ label, title, onClose, children }: Props) {
  const panel = useRef<HTMLElement>(null);
  const latest = useRef(onClose);
  latest.current = onClose;
  useEffect(() => {
    const box = panel.current?.parentElement;
    const press = (event: KeyboardEvent): void => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      latest.current();
      box?.querySelector<HTMLElement>("[role=table]")?.focus();
    };
    box?.addEventListener("keydown", press);
    return () => box?.removeEventListener("keydown", press);
  }, []);
  return (
    <aside class="side-panel" aria-label={label} ref={panel}>
      <header>
        <h2>{title}</h2>
        <Button icon="close" label="Close" onClick={onClose} />
      </header>
      {children}
    </aside>
  );
}
