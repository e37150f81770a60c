/** A part of a tab, with its title and what can be done with it. */

import type { ComponentChildren } from "preact";

interface Props {
  readonly title: string;
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** A titled part of a tab. */
export function Section({ title, actions, children }: Props) {
  return (
    <section class="section" aria-label={title}>
      <header>
        <h2>{title}</h2>
        <span class="space" />
        {actions}
      </header>
      {children}
    </section>
  );
}
