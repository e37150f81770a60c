/** Short messages at the lower edge: what was done, with a way back, or what failed. */

import { signal } from "@preact/signals";
import { ApiError } from "@/api/client";
import { Button } from "@/parts/button";

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly hint: string;
  readonly isError: boolean;
  readonly undo: (() => void) | undefined;
}

const SHOWN = 8_000;
const toasts = signal<readonly Toast[]>([]);
let count = 0;

function show(toast: Omit<Toast, "id">): void {
  const id = ++count;
  toasts.value = [...toasts.value.slice(-3), { id, ...toast }];
  setTimeout(() => dismiss(id), SHOWN);
}

function dismiss(id: number): void {
  toasts.value = toasts.value.filter((one) => one.id !== id);
}

/** Say what was done, and how to undo it. */
export function notify(text: string, undo?: () => void): void {
  show({ text, hint: "", isError: false, undo });
}

/** Say what failed, and what to do. */
export function notifyError(error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  const hint = error instanceof ApiError ? error.hint : "";
  show({ text, hint, isError: true, undo: undefined });
}

/** The messages that are shown now. */
export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((one) => (
        <div key={one.id} class={one.isError ? "toast error" : "toast"}>
          <span>
            {one.text} {one.hint && <small>{one.hint}</small>}
          </span>
          {one.undo && (
            <Button
              onClick={() => {
                dismiss(one.id);
                one.undo?.();
              }}
            >
              Undo
            </Button>
          )}
          <Button icon="close" label="Dismiss" onClick={() => dismiss(one.id)} />
        </div>
      ))}
    </div>
  );
}
