/** Panels that open below a button, and close by Escape or a click elsewhere. */

import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button } from "@/parts/button";
import type { IconName } from "@/parts/icon";

interface Props {
  label: string;
  icon?: IconName;
  /** Whether the button shows its icon alone. */
  bare?: boolean;
  /** Shown beside the label, such as the number of active choices. */
  badge?: string | number;
  children: (close: () => void) => ComponentChildren;
}

/** A button and the panel that it opens. */
export function Popover({ label, icon, bare, badge, children }: Props) {
  const [isOpen, setOpen] = useState(false);
  const anchor = useRef<HTMLDivElement>(null);
  const close = (): void => {
    setOpen(false);
    anchor.current?.querySelector("button")?.focus();
  };
  return (
    <div class="popover" ref={anchor}>
      <Button
        icon={icon}
        label={bare ? label : undefined}
        aria-expanded={isOpen}
        aria-haspopup="dialog"
        onClick={() => setOpen(!isOpen)}
      >
        {bare ? null : label}
        {badge ? <span class="badge">{badge}</span> : null}
      </Button>
      {isOpen && (
        <Panel label={label} close={close} anchor={anchor}>
          {children(close)}
        </Panel>
      )}
    </div>
  );
}

interface PanelProps {
  label: string;
  close: () => void;
  anchor: { current: HTMLElement | null };
  children: ComponentChildren;
}

function Panel({ label, close, anchor, children }: PanelProps) {
  const panel = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const leave = (event: Event): void => {
      if (!anchor.current?.contains(event.target as Node)) close();
    };
    document.addEventListener("pointerdown", leave);
    return () => document.removeEventListener("pointerdown", leave);
  });
  useLayoutEffect(() => {
    stayInside(panel.current!);
    panel.current!.querySelector<HTMLElement>("input, button, [tabindex]")?.focus();
  }, []);
  const press = (event: KeyboardEvent): void => {
    if (event.key === "Escape") close();
    event.stopPropagation();
  };
  return (
    <div class="panel" role="dialog" aria-label={label} ref={panel} onKeyDown={press}>
      <h2 class="hidden">{label}</h2>
      {children}
    </div>
  );
}

/** Move a panel to the left where it would leave the window. */
function stayInside(panel: HTMLElement): void {
  const beyond = panel.getBoundingClientRect().right - document.documentElement.clientWidth + 8;
  if (beyond > 0) panel.style.transform = `translateX(${-beyond}px)`;
}

/** An entry of a menu in a popover. */
export function MenuItem(props: {
  children: ComponentChildren;
  onSelect: () => void;
  disabled?: boolean;
  checked?: boolean;
}) {
  const { children, onSelect, disabled, checked } = props;
  return (
    <button
      type="button"
      class="menu-item"
      role={checked === undefined ? undefined : "checkbox"}
      aria-checked={checked}
      disabled={disabled}
      onClick={onSelect}
    >
      {children}
    </button>
  );
}
