/** Tabs that are links, so that each has its address. */

import { formatNumber } from "@/parts/format";
import { Link } from "@/parts/link";

export interface Tab {
  readonly id: string;
  readonly title: string;
  readonly count?: number | undefined;
  readonly link: string;
}

/** A row of tabs. */
export function Tabs({
  tabs,
  active,
  label,
}: {
  tabs: readonly Tab[];
  active: string;
  label: string;
}) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map((tab) => (
        <Link key={tab.id} to={tab.link} current={tab.id === active}>
          {tab.title}
          {tab.count ? <span class="count">{formatNumber(tab.count)}</span> : null}
        </Link>
      ))}
    </nav>
  );
}
