/** The legend of a chart: which curve is which, to be shown or hidden. */

import { useRef, useState } from "preact/hooks";
import type { ChartSeries } from "@/charts/series";
import { Swatch } from "@/charts/swatch";

interface Props {
  readonly series: readonly ChartSeries[];
  readonly hidden: ReadonlySet<string>;
  readonly onHide: (hidden: ReadonlySet<string>) => void;
  /** Let a curve stand out; none if empty. */
  readonly onPoint: (id: string) => void;
}

type Line = ChartSeries | string;

const ROW = 20;
const BEYOND = 10;

/**
 * The names of the curves, under the headings of their groups.
 *
 * A click shows or hides a curve; a double click shows it alone, or all again. Of a long list only
 * the part in sight is drawn.
 */
export function Legend({ series, hidden, onHide, onPoint }: Props) {
  const list = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const lines = linesOf(series);
  const isLong = lines.length > 100;
  const first = isLong ? Math.max(0, Math.floor(top / ROW) - BEYOND) : 0;
  const end = isLong ? first + 3 * BEYOND : lines.length;
  const { alone, toggle } = actionsOf({ series, hidden, onHide });
  return (
    <div
      class={isLong || lines.length !== series.length ? "legend long" : "legend"}
      ref={list}
      role="group"
      aria-label="Curves"
      onScroll={() => setTop(list.current!.scrollTop)}
      onPointerLeave={() => onPoint("")}
    >
      {first > 0 && <div style={{ height: `${first * ROW}px` }} />}
      {lines
        .slice(first, end)
        .map((line) =>
          typeof line === "string" ? (
            <h4 key={`group ${line}`}>{line}</h4>
          ) : (
            <Entry
              key={line.id}
              {...{ line, toggle, alone, onPoint }}
              isHidden={hidden.has(line.id)}
            />
          ),
        )}
      {end < lines.length && <div style={{ height: `${(lines.length - end) * ROW}px` }} />}
    </div>
  );
}

function actionsOf({ series, hidden, onHide }: Omit<Props, "onPoint">) {
  return {
    alone: (id: string): void => {
      const others = series.map((one) => one.id).filter((one) => one !== id);
      const isAlone = !hidden.has(id) && others.every((one) => hidden.has(one));
      onHide(new Set(isAlone ? [] : others));
    },
    toggle: (id: string): void => {
      const next = new Set(hidden);
      if (!next.delete(id)) next.add(id);
      onHide(next);
    },
  };
}

interface EntryProps {
  readonly line: ChartSeries;
  readonly isHidden: boolean;
  readonly toggle: (id: string) => void;
  readonly alone: (id: string) => void;
  readonly onPoint: (id: string) => void;
}

function Entry({ line, isHidden, toggle, alone, onPoint }: EntryProps) {
  return (
    <button
      type="button"
      class={isHidden ? "off" : undefined}
      aria-pressed={!isHidden}
      title={`${line.label}: click to show or hide, double click for this one alone`}
      onClick={(event) => (event.detail > 1 ? alone(line.id) : toggle(line.id))}
      onPointerEnter={() => onPoint(isHidden ? "" : line.id)}
      onFocus={() => onPoint(isHidden ? "" : line.id)}
      onBlur={() => onPoint("")}
    >
      <Swatch line={line} />
      <span>{line.label}</span>
    </button>
  );
}

/** Return the entries with their headings, each group together. */
function linesOf(series: readonly ChartSeries[]): Line[] {
  const groups = new Map<string, ChartSeries[]>();
  for (const one of series) {
    const group = groups.get(one.group ?? "");
    if (group) group.push(one);
    else groups.set(one.group ?? "", [one]);
  }
  return [...groups].flatMap(([name, members]): Line[] => (name ? [name, ...members] : members));
}
