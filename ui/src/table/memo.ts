/** Components that are drawn again only when one of their properties changes. */

import { Component, h, type ComponentType, type VNode } from "preact";

/** Wrap a component. */
export function memo<Props extends object>(
  inner: (props: Props) => VNode | null,
): ComponentType<Props> {
  return class Memo extends Component<Props> {
    override shouldComponentUpdate(next: Props): boolean {
      const now = this.props as Record<string, unknown>;
      return Object.entries(next).some(([key, value]) => now[key] !== value);
    }

    override render(): VNode<object> {
      return h(inner as ComponentType, this.props as Props) as VNode<object>;
    }
  };
}
