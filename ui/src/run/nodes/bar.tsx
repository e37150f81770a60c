/** The time of one node, as a bar. */

import type { NodeRunRecord } from "@/api/types";
import { formatDuration } from "@/parts/format";
import type { Range } from "@/run/nodes/axis";
import { durationOf } from "@/run/nodes/order";

interface Props {
  readonly node: NodeRunRecord;
  /** When the run started. */
  readonly begin: number;
  readonly range: Range;
  readonly now: number;
}

/** A bar from the start to the end of a node; a mark for one that was reused. */
export function Bar({ node, begin, range, now }: Props) {
  const length = range.last - range.first;
  const share = (seconds: number): number => ((seconds - range.first) / length) * 100;
  const duration = durationOf(node, now);
  const first = Math.max(0, share(node.started - begin));
  const last = Math.min(100, share(node.started - begin + duration));
  const title = `${node.status}, ${formatDuration(duration)}${node.reason && ` · ${node.reason}`}`;
  const isReused = node.status === "reused";
  return (
    <span class="node-track" role="cell" title={title}>
      <i
        class={`time ${node.status}`}
        style={{ left: `${first}%`, width: `max(3px, ${Math.max(0, last - first)}%)` }}
      />
      <small
        class={last > 80 ? "before" : ""}
        style={
          last > 80 ? { right: `${100 - first}%` } : { left: `max(${last}%, ${first}% + 3px)` }
        }
      >
        {isReused ? "reused" : formatDuration(duration)}
      </small>
    </span>
  );
}
