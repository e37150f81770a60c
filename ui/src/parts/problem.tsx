/** What a page shows instead of its content: an error, nothing yet, or that it is loading. */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError } from "@/api/client";

/** An error: what happened, and what to do. */
export function Problem({ error }: { error: unknown }) {
  const text = error instanceof Error ? error.message : String(error);
  const hint = error instanceof ApiError ? error.hint : "";
  return (
    <div class="problem" role="alert">
      <p>{text}</p>
      {hint && <p class="muted">{hint}</p>}
    </div>
  );
}

/** What to do where there is nothing yet. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

const PATIENCE = 200; // milliseconds in which most answers arrive

/** Grey lines in place of a content; nothing at first, so that quick answers do not flicker. */
export function Skeleton({ lines = 3 }: { lines?: number }) {
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), PATIENCE);
    return () => clearTimeout(timer);
  }, []);
  if (!isShown) return null;
  return (
    <div class="skeleton" aria-label="Loading">
      {Array.from({ length: lines }, (_, at) => (
        <span key={at} style={{ width: `${90 - ((at * 17) % 50)}%` }} />
      ))}
    </div>
  );
}
