/** What is said about the point that is pointed at. */

import type { ComponentChildren } from "preact";

interface Props {
  readonly x: number;
  readonly y: number;
  /** The width of the drawing, which the text stays in. */
  readonly width: number;
  readonly children: ComponentChildren;
}

/** A small panel beside a place; screen readers say it. */
export function Tip({ x, y, width, children }: Props) {
  const isRight = x > width / 2;
  const side = isRight ? { right: `${width - x + 14}px` } : { left: `${x + 14}px` };
  return (
    <div class="tip" role="status" style={{ top: `${Math.max(4, y - 12)}px`, ...side }}>
      {children}
    </div>
  );
}
