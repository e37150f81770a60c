/** The nodes of a run as a timeline: who ran when, and beside whom. */

import { useMemo } from "preact/hooks";
import { Button } from "@/parts/button";
import { formatDuration } from "@/parts/format";
import { change } from "@/parts/location";
import { chosen } from "@/run/find";
import { formatRange, parseRange, ticks, zoom, type Range } from "@/run/nodes/axis";
import { Bar } from "@/run/nodes/bar";
import { Drag, type ZoomProps } from "@/run/nodes/drag";
import { Minimap } from "@/run/nodes/minimap";
import { durationOf, wholeOf } from "@/run/nodes/order";
import { chooseNode, type NodeListProps } from "@/run/nodes/tab";
import { Cell, Rows } from "@/run/rows";

const COLUMNS = "minmax(96px,240px) minmax(0,1fr)";

/** The timeline; drag over it to zoom in, scroll with Ctrl to zoom. */
export function Timeline(props: NodeListProps) {
  const { details, active, now } = props;
  const begin = details.run.started;
  const whole = useMemo(() => wholeOf(details, now), [details.nodes, now]);
  const range = parseRange(chosen("range"), whole);
  const setRange = (next: Range): void =>
    change({ range: formatRange(next, whole) }, { replace: true });
  const shown = useShown(props, range);
  const marks = ticks(range, 8);
  return (
    <div class="timeline">
      <div class="timeline-map">
        <Minimap details={details} now={now} range={range} />
      </div>
      <Zoom range={range} whole={whole} onChange={setRange} />
      <Drag range={range} whole={whole} onChange={setRange}>
        <Rows
          label="Timeline of the nodes"
          count={shown.length}
          columns={COLUMNS}
          active={shown.findIndex((node) => node.node === active)}
          onOpen={(at) => chooseNode(shown[at]!.node)}
          head={<Head marks={marks} range={range} />}
          row={(at) => (
            <>
              <Cell title={shown[at]!.node}>{shown[at]!.node}</Cell>
              <Bar node={shown[at]!} begin={begin} range={range} now={now} />
            </>
          )}
        />
      </Drag>
    </div>
  );
}

/** Return the nodes that ran in a range. */
function useShown({ details, nodes, now }: NodeListProps, range: Range) {
  const begin = details.run.started;
  return useMemo(
    () =>
      nodes.filter((node) => {
        const at = node.started - begin;
        return at <= range.last && at + durationOf(node, now) >= range.first;
      }),
    [nodes, range.first, range.last, now],
  );
}

function Head({ marks, range }: { marks: readonly number[]; range: Range }) {
  const length = range.last - range.first;
  return (
    <>
      <Cell isHead>node</Cell>
      <span class="axis" role="columnheader" aria-label="time since the start">
        {marks.map((at) => (
          <i key={at} style={{ left: `${((at - range.first) / length) * 100}%` }}>
            {at === 0 ? "0" : formatDuration(at)}
          </i>
        ))}
      </span>
    </>
  );
}

function Zoom({ range, whole, onChange }: ZoomProps) {
  const middle = (range.first + range.last) / 2;
  const isWhole = formatRange(range, whole) === "";
  return (
    <div class="timeline-zoom" role="toolbar" aria-label="Zoom">
      {!isWhole && <Button onClick={() => onChange(whole)}>Whole run</Button>}
      <Button
        label="Zoom out"
        disabled={isWhole}
        onClick={() => onChange(zoom(range, whole, 2, middle))}
      >
        −
      </Button>
      <Button label="Zoom in" onClick={() => onChange(zoom(range, whole, 0.5, middle))}>
        +
      </Button>
    </div>
  );
}
