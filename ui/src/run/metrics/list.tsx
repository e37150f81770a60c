/** The charts of a run in their sections, of which only those in sight are drawn. */

import { useMemo, useRef } from "preact/hooks";
import { useSpan, useWidth } from "@/charts/in_sight";
import { Icon } from "@/parts/icon";
import { Empty } from "@/parts/problem";
import { turn } from "@/run/metrics/actions";
import { MetricPanel } from "@/run/metrics/panel";
import { columnsOf, GAP, heightOf, inSight, rowsOf, spanOf, type Row } from "@/run/metrics/rows";
import { sectionsOf, type Panel, type Section } from "@/run/metrics/sections";
import type { TabState } from "@/run/metrics/state";
import { Values } from "@/run/metrics/values";
import type { Shown } from "@/run/metrics/tab";

const NEAR = 300; // pixels beyond the window, where charts are drawn already

interface Props {
  readonly shown: Shown;
  readonly state: TabState;
}

/** The sections with their panels. */
export function Charts({ shown, state }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const width = useWidth(place);
  const [from, to] = useSpan(place);
  const { find, by, panels, turned } = state;
  const sections = useMemo(
    () => sectionsOf(shown.keys, panels, { find, by }),
    [shown.keys, panels, find, by],
  );
  const columns = columnsOf(width);
  const rows = useMemo(
    () => rowsOf(sections, columns, (one) => isOpen(one, turned, find), valueFinder(shown)),
    [sections, columns, turned, find, shown.summaries],
  );
  const height = (rows.at(-1)?.top ?? 0) + (rows.at(-1)?.height ?? 0);
  const drawn = width ? inSight(rows, from - NEAR, to + NEAR) : [];
  return (
    <div class="metric-rows" ref={place} style={{ height: `${height}px` }}>
      {!rows.length && (
        <Empty title="No metric has all these words">
          <p>Type fewer of them, or parts of a name such as “val acc”.</p>
        </Empty>
      )}
      {drawn.map((row) => (
        <div
          key={row.id}
          class="metric-row"
          style={{ top: `${row.top}px`, height: `${row.height}px`, gap: `${GAP}px` }}
        >
          {row.kind === "heading" && <Heading row={row} />}
          {row.kind === "charts" && <Panels {...{ row, columns, shown, state }} />}
          {row.kind === "values" && <Values row={row} columns={columns} shown={shown} />}
        </div>
      ))}
    </div>
  );
}

function isOpen(section: Section, turned: ReadonlySet<string>, find: string): boolean {
  return (!section.isSystem || find !== "") !== turned.has(section.name);
}

/** Return whether a panel is one number for good: a chart of one point would show nothing. */
function valueFinder({ run, summaries }: Shown): (panel: Panel) => boolean {
  if (run.status === "running") return () => false;
  return ({ keys }) => keys.length === 1 && summaries.get(keys[0]!)?.count === 1;
}

function Heading({ row }: { row: Row }) {
  const { section } = row;
  return (
    <h2 class="section-head">
      <button type="button" aria-expanded={row.isOpen} onClick={() => turn([section.name])}>
        <Icon name={row.isOpen ? "down" : "right"} />
        {section.name}
        <span class="count">{section.count}</span>
      </button>
    </h2>
  );
}

function Panels({ row, columns, shown, state }: Props & { row: Row; columns: number }) {
  return (
    <>
      {row.panels.map((panel) => {
        const share = spanOf(panel, columns);
        const width = `calc((100% - ${(columns - 1) * GAP}px) * ${share / columns} + ${
          (share - 1) * GAP
        }px)`;
        return (
          <div key={panel.id} class="metric-place" style={{ width }}>
            <MetricPanel
              {...{ panel, shown, state }}
              section={row.section}
              height={heightOf(panel)}
            />
          </div>
        );
      })}
    </>
  );
}
