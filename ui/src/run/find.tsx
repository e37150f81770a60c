/** What the tabs of a run let one choose, kept in the address. */

import type { ComponentChildren } from "preact";
import { change, location } from "@/parts/location";

/** Return a choice of the address. */
export function chosen(name: string): string {
  return location.value.query.get(name) ?? "";
}

/** A field that narrows a list. */
export function FindField({ label, name = "find" }: { label: string; name?: string }) {
  return (
    <input
      type="search"
      class="run-find"
      placeholder={label}
      aria-label={label}
      value={chosen(name)}
      onInput={(event) => change({ [name]: event.currentTarget.value }, { replace: true })}
    />
  );
}

interface CheckProps {
  readonly name: string;
  readonly value: string;
  readonly disabled?: boolean;
  readonly children: ComponentChildren;
}

/** A choice that is in the address while it is on. */
export function Check({ name, value, disabled, children }: CheckProps) {
  const isOn = chosen(name) === value;
  return (
    <label class="run-check">
      <input
        type="checkbox"
        checked={isOn}
        disabled={disabled}
        onChange={() => change({ [name]: isOn ? undefined : value })}
      />
      {children}
    </label>
  );
}

interface SegmentsProps {
  readonly name: string;
  readonly label: string;
  /** The values with their titles; the first is meant where the address has none. */
  readonly options: readonly (readonly [value: string, title: string])[];
}

/** One of a few ways to look at something. */
export function Segments({ name, label, options }: SegmentsProps) {
  const now = chosen(name) || options[0]![0];
  return (
    <span class="segments" role="group" aria-label={label}>
      {options.map(([value, title], at) => (
        <button
          key={value}
          type="button"
          aria-pressed={value === now}
          onClick={() => change({ [name]: at === 0 ? undefined : value })}
        >
          {title}
        </button>
      ))}
    </span>
  );
}
