/** The nodes of a run as a timeline: who ran when, and beside whom. */

import { useMemo, useRef, useState } from "preact/hooks";
import { Button } from "@/parts/button";
import { formatDuration } from "@/parts/format";
import { change } from "@/parts/location";
import { chosen } from "@/run/find";
import { formatRange, parseRange, ticks, zoom, type Range } from "@/run/nodes/axis";
import { Bar } from "@/run/nodes/bar";
import { durationOf } from "@/run/nodes/order";
import { chooseNode, type NodeListProps } from "@/run/nodes/tab";
import { Cell, Rows } from "@/run/rows";

const COLUMNS = "minmax(96px,240px) minmax(0,1fr)";

/** Return the range of all nodes, in seconds since the start of the run. */
function wholeOf({ details, now }: NodeListProps): Range {
  const begin = details.run.started;
  let [first, last] = [Infinity, -Infinity];
  for (const node of details.nodes) {
    first = Math.min(first, node.started - begin);
    last = Math.max(last, node.started - begin + durationOf(node, now));
  }
  return last > first ? { first, last } : { first, last: first + 1 };
}

/** The timeline; drag over it to zoom in, scroll with Ctrl to zoom. */
export function Timeline(props: NodeListProps) {
  const { details, nodes, active, now } = props;
  const begin = details.run.started;
  const whole = useMemo(() => wholeOf(props), [details.nodes, now]);
  const range = parseRange(chosen("range"), whole);
  const setRange = (next: Range): void =>
    change({ range: formatRange(next, whole) }, { replace: true });
  const shown = useMemo(
    () =>
      nodes.filter((node) => {
        const at = node.started - begin;
        return at <= range.last && at + durationOf(node, now) >= range.first;
      }),
    [nodes, range.first, range.last, now],
  );
  const marks = ticks(range, 8);
  return (
    <div class="timeline">
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

interface ZoomProps {
  readonly range: Range;
  readonly whole: Range;
  readonly onChange: (range: Range) => void;
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

/** What is around the timeline, and takes the mouse: a drag zooms to what it covers. */
function Drag({
  range,
  whole,
  onChange,
  children,
}: ZoomProps & { children: preact.ComponentChildren }) {
  const box = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const place = (x: number): { at: number; share: number } => {
    const axis = box.current!.querySelector(".axis")!.getBoundingClientRect();
    const share = Math.max(0, Math.min(1, (x - axis.left) / axis.width));
    return { share, at: range.first + share * (range.last - range.first) };
  };
  const wheel = (event: WheelEvent): void => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    onChange(zoom(range, whole, event.deltaY > 0 ? 1.25 : 0.8, place(event.clientX).at));
  };
  const down = (event: PointerEvent): void => {
    const isTrack = (event.target as HTMLElement).closest(".track, .axis");
    if (isTrack && event.button === 0) setDrag({ from: event.clientX, to: event.clientX });
  };
  const up = (event: PointerEvent): void => {
    if (drag && Math.abs(drag.to - drag.from) > 6) {
      const [first, last] = [drag.from, event.clientX]
        .sort((a, b) => a - b)
        .map((x) => place(x).at);
      onChange({ first: first!, last: last! });
    }
    setDrag(null);
  };
  return (
    <div
      class="timeline-box"
      ref={box}
      onWheel={wheel}
      onPointerDown={down}
      onPointerMove={(event) => drag && setDrag({ ...drag, to: event.clientX })}
      onPointerUp={up}
      onPointerLeave={() => setDrag(null)}
    >
      {children}
      {drag && <Covered drag={drag} box={box.current!} />}
    </div>
  );
}

function Covered({ drag, box }: { drag: { from: number; to: number }; box: HTMLElement }) {
  const left = Math.min(drag.from, drag.to) - box.getBoundingClientRect().left;
  const width = Math.abs(drag.to - drag.from);
  return width > 2 ? (
    <i class="covered" style={{ left: `${left}px`, width: `${width}px` }} />
  ) : null;
}
