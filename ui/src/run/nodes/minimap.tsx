/** All nodes of a run in a small picture: how busy it was, and where it waited. */

import { useMemo } from "preact/hooks";
import type { RunDetails } from "@/api/run";
import { formatCount } from "@/parts/format";
import type { Range } from "@/run/nodes/axis";
import { LANE, pack, WIDTH } from "@/run/nodes/lanes";
import { countStatuses, wholeOf } from "@/run/nodes/order";
import "@/run/nodes/nodes.css";

interface Props {
  readonly details: RunDetails;
  readonly now: number;
  /** The part that is looked at more closely. */
  readonly range?: Range;
}

const MOST = 64; // pixels

/** The picture. */
export function Minimap({ details, now, range }: Props) {
  const { nodes, run } = details;
  const whole = useMemo(() => wholeOf(details, now), [nodes, now]);
  const packed = useMemo(
    () => pack(nodes, run.started + whole.first, run.started + whole.last, now),
    [nodes, whole],
  );
  const height = Math.max(1, packed.lanes) * LANE;
  const x = (at: number): number => ((at - whole.first) / (whole.last - whole.first)) * WIDTH;
  const counts = countStatuses(nodes).map(([status, count]) => `${count} ${status}`);
  return (
    <svg
      class="minimap"
      role="img"
      aria-label={`${formatCount(nodes.length, "node")}: ${counts.join(", ")}`}
      viewBox={`0 0 ${WIDTH} ${height}`}
      preserveAspectRatio="none"
      style={{ height: `${Math.min(MOST, Math.max(16, height))}px` }}
    >
      {packed.paths.map(([status, path]) => (
        <path key={status} class={`time-path ${status}`} d={path} />
      ))}
      {range && (
        <rect
          class="window"
          x={x(range.first)}
          width={x(range.last) - x(range.first)}
          height={height}
        />
      )}
    </svg>
  );
}
