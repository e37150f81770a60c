/** The lines of a log, of which only those in view are drawn. */

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { LogLine } from "@/api/log";
import { Ansi } from "@/parts/ansi";
import { Button } from "@/parts/button";
import { change } from "@/parts/location";
import { heightOf, offsetOf, useWidth } from "@/run/output/measure";
import type { ShownLog } from "@/run/output/use_log";
import { px } from "@/table/px";
import { useVirtual, type Virtual } from "@/table/virtual";

interface Props {
  readonly log: ShownLog;
  readonly find: string;
  readonly isWrapped: boolean;
  /** Whether lines are left out; a click on one then shows it among the others. */
  readonly isNarrowed: boolean;
  readonly isLive: boolean;
}

const NEAR = 200; // lines from an end at which the next ones are read
const SLACK = 40; // pixels from the end that still count as the end

/** The lines; they fill their container. */
export function Lines(props: Props) {
  const { log, isWrapped } = props;
  const { lines } = log.state;
  const scroller = useRef<HTMLDivElement>(null);
  const columns = useWidth(scroller);
  const width = isWrapped ? columns : 0;
  const list = useVirtual({
    scroller,
    count: lines.length,
    size: (index) => heightOf(lines[index]?.text ?? "", width),
    overscan: 12,
  });
  useLayoutEffect(() => list.measure(), [width, lines[0]?.key]);
  const follow = useFollowing(scroller, list, width, props);
  useExtending(list, log);
  return (
    <div class="log-box">
      <div
        class={isWrapped ? "log wrapped" : "log"}
        role="log"
        aria-live="off"
        aria-label="Output"
        tabIndex={0}
        ref={scroller}
        onScroll={follow.onScroll}
      >
        <div class="log-body" style={{ height: px(list.total) }}>
          <Visible list={list} {...props} />
        </div>
      </div>
      {follow.isBehind && (
        <Button icon="down" onClick={follow.toEnd}>
          Newest lines
        </Button>
      )}
    </div>
  );
}

function Visible({ list, ...props }: Props & { list: Virtual }) {
  const { lines } = props.log.state;
  return (
    <>
      {list.items.map(({ index, start, size }) => (
        <Line
          key={lines[index]?.key ?? index}
          line={lines[index]}
          top={start}
          height={size}
          {...props}
        />
      ))}
    </>
  );
}

interface LineProps extends Props {
  readonly line: LogLine | undefined;
  readonly top: number;
  readonly height: number;
}

function Line({ line, top, height, log, find, isNarrowed }: LineProps) {
  if (!line) return null;
  const isTarget = line.key === log.target;
  const place = (): void => change({ at: String(line.key), text: undefined, level: undefined });
  const time = timeOf(line.time);
  return (
    <div
      class={`log-line level-${line.level}${isTarget ? " target" : ""}`}
      style={{ top: px(top), height: px(height) }}
    >
      <button
        type="button"
        class="log-time"
        title={isNarrowed ? "Show it among the others" : `${line.level} ${line.logger}`}
        onClick={place}
      >
        {time}
      </button>
      <span class="log-text">
        <Ansi text={line.text} find={find} />
      </span>
    </div>
  );
}

function timeOf(seconds: number): string {
  const time = new Date(seconds * 1000);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

/** Stay at the end while lines come, unless the reader has scrolled away from it. */
function useFollowing(
  scroller: { current: HTMLDivElement | null },
  list: Virtual,
  width: number,
  { log, isLive }: Props,
) {
  const isAtEnd = useRef(log.isAtEnd);
  const [isBehind, setBehind] = useState(false);
  const placed = useRef(false);
  const first = useRef(log.state.lines[0]?.key);
  const { lines } = log.state;
  const toEnd = (): void => {
    scroller.current!.scrollTop = list.total;
  };
  const target = useMemo(() => lines.findIndex((line) => line.key === log.target), [lines]);
  useLayoutEffect(() => {
    const box = scroller.current!;
    if (!placed.current) {
      placed.current = true;
      if (target >= 0) box.scrollTop = offsetOf(lines, target, width) - box.clientHeight / 3;
      else if (log.isAtEnd) toEnd();
    } else if (first.current !== lines[0]?.key) {
      const added = lines.findIndex((line) => line.key === first.current);
      if (added > 0) box.scrollTop += offsetOf(lines, added, width);
    } else if (isAtEnd.current) toEnd();
    first.current = lines[0]?.key;
  }, [lines]);
  useEffect(() => {
    if (isLive && !isAtEnd.current) setBehind(true);
  }, [lines.length]);
  const onScroll = (): void => {
    const box = scroller.current!;
    isAtEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < SLACK;
    if (isAtEnd.current) setBehind(false);
  };
  return { isBehind, toEnd, onScroll };
}

/** Read on where the view comes near an end of what is held. */
function useExtending(list: Virtual, log: ShownLog): void {
  const { lines, hasBefore, hasAfter } = log.state;
  const first = list.items[0]?.index ?? 0;
  const last = list.items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasAfter && last > lines.length - NEAR) log.extend("on");
    else if (hasBefore && first < NEAR) log.extend("back");
  }, [first, last, lines]);
}
