/** Links within the page, which new tabs and copied addresses work with, too. */

import type { ComponentChildren } from "preact";
import { go } from "@/parts/location";

interface Props {
  to: string;
  children: ComponentChildren;
  current?: boolean;
  class?: string;
  title?: string;
  tabIndex?: number;
}

/** A link to a location of the page. */
export function Link({ to, children, current, ...rest }: Props) {
  const follow = (event: MouseEvent): void => {
    if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a href={to} aria-current={current ? "page" : undefined} onClick={follow} {...rest}>
      {children}
    </a>
  );
}
