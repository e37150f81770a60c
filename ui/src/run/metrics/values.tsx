/** Metrics that were logged once: their numbers, without a chart. */

import { exact } from "@/charts/readout";
import { formatNumber, toNumber } from "@/parts/format";
import { titleOf } from "@/run/metrics/titles";
import { GAP, type Row } from "@/run/metrics/rows";
import type { Shown } from "@/run/metrics/tab";

/** A row of numbers, two in the width of a chart. */
export function Values({ row, columns, shown }: { row: Row; columns: number; shown: Shown }) {
  const count = 2 * columns;
  const width = `calc((100% - ${(count - 1) * GAP}px) / ${count})`;
  return (
    <>
      {row.panels.map(({ id, keys }) => {
        const value = toNumber(shown.summaries.get(keys[0]!)?.last) ?? NaN;
        return (
          <div key={id} class="metric-place metric-value" style={{ width }} title={keys[0]}>
            <h3>{titleOf(keys, row.section.name)}</h3>
            <b title={exact(value)}>{formatNumber(value)}</b>
          </div>
        );
      })}
    </>
  );
}
