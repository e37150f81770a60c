/** Texts that are edited where they stand: Enter keeps, Escape takes back. */

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "@/parts/icon";
import "@/parts/editable.css";

interface Props {
  readonly value: string;
  /** What it is, for screen readers: `name of the run`. */
  readonly label: string;
  readonly onSave: (value: string) => void;
  readonly canEdit?: boolean;
  /** Whether it may be emptied. */
  readonly mayBeEmpty?: boolean;
  readonly placeholder?: string;
}

/** A text that becomes a field when it is clicked. */
export function Editable(props: Props) {
  const [isOpen, setOpen] = useState(false);
  const { value, label, placeholder = "", canEdit = true } = props;
  if (!canEdit) return <span class="editable">{value || placeholder}</span>;
  if (isOpen) return <Field {...props} onClose={() => setOpen(false)} />;
  return (
    <button
      type="button"
      class={value ? "editable" : "editable blank"}
      title={`Edit the ${label}`}
      onClick={() => setOpen(true)}
    >
      <span>{value || placeholder}</span>
      <Icon name="edit" />
      <span class="hidden">Edit the {label}</span>
    </button>
  );
}

function Field(props: Props & { onClose: () => void }) {
  const input = useRef<HTMLInputElement>(null);
  const isDone = useRef(false);
  useLayoutEffect(() => input.current!.select(), []);
  const finish = (keep: boolean): void => {
    if (isDone.current) return;
    isDone.current = true;
    const next = input.current!.value.trim();
    if (keep && next !== props.value && (next || props.mayBeEmpty)) props.onSave(next);
    props.onClose();
  };
  const press = (event: KeyboardEvent): void => {
    event.stopPropagation();
    if (event.key === "Enter") finish(true);
    if (event.key === "Escape") finish(false);
  };
  return (
    <input
      ref={input}
      type="text"
      class="editing"
      aria-label={props.label}
      defaultValue={props.value}
      onKeyDown={press}
      onBlur={() => finish(true)}
    />
  );
}
