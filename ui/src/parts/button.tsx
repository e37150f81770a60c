/** Buttons: with a text, an icon, or both. */

import { toChildArray, type ButtonHTMLAttributes, type ComponentChildren } from "preact";
import { Icon, type IconName } from "@/parts/icon";

interface Props extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "icon" | "label"> {
  icon?: IconName;
  children?: ComponentChildren;
  /** What it does, where it shows no text. */
  label?: string;
  tone?: "plain" | "primary" | "danger";
  disabled?: boolean;
}

/** A button; without children its label is its name and its tooltip. */
export function Button({ icon, children, label, tone = "plain", ...rest }: Props) {
  return (
    <button
      type="button"
      class={`button ${tone}${toChildArray(children).length ? "" : " bare"}`}
      aria-label={label}
      title={label}
      {...rest}
    >
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}
