/** The tab with an axis for each field, and a line for each run. */

import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { RunRow } from "@/api/types";
import { Parallel } from "@/charts/parallel";
import {
  isInBrushes,
  layOut,
  type Brush,
  type ParallelAxis,
  type ParallelLine,
} from "@/charts/parallel_layout";
import { setRuns } from "@/compare/chosen";
import { data } from "@/compare/data";
import { mainMetric, mainParams } from "@/compare/defaults";
import type { Field } from "@/compare/fields";
import { FieldSelect } from "@/compare/field_select";
import { ColorKeys, RunTip, useColors, useFields } from "@/compare/points";
import { ColorSelect } from "@/compare/scatter_tab";
import { state, toggledIn, update } from "@/compare/state";
import { Button } from "@/parts/button";
import { formatCount } from "@/parts/format";
import { go, linkTo } from "@/parts/location";
import { MenuItem, Popover } from "@/parts/popover";
import { Empty } from "@/parts/problem";
import { moved } from "@/table/column";

const MOST_PARAMS = 6;

/** The tab. */
export function ParallelTab() {
  const { axes: chosen, brush } = state.value;
  const ids = chosen.length ? chosen : [...mainParams(MOST_PARAMS), mainMetric()].filter(Boolean);
  const color = state.value.color || ids.at(-1) || "";
  const fields = useFields([...ids, color]).slice(0, ids.length);
  const { colorOf, coloring } = useColors(color);
  const { axes, lines } = useLines(fields, colorOf);
  const [brushes, setBrush] = useBrush(brush);
  return (
    <>
      <Tools {...{ ids, axes, lines, brushes }} keys={<ColorKeys coloring={coloring} />} />
      {ids.length > 1 ? (
        <Parallel
          {...{ axes, lines, brushes }}
          onBrush={setBrush}
          onMove={(id, before) => update({ axes: moved(ids, id, before) })}
          onOpen={(id) => go(linkTo(["runs", id]))}
          describe={(id) => <RunTip id={id} fields={fields} />}
        />
      ) : (
        <Empty title="Choose at least two axes" />
      )}
    </>
  );
}

interface Live {
  readonly id: string;
  readonly brush: Brush | null;
}

const PATIENCE = 120; // milliseconds

/** Return the brushes, and how to set one: browsers refuse an address that changes all the time. */
function useBrush(texts: readonly string[]) {
  const [live, setLive] = useState<Live | null>(null);
  const timer = useRef(0);
  const brushes = useMemo(() => brushesOf(texts, live), [texts.join(), live]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const set = (id: string, brush: Brush | null): void => {
    const next = { id, brush };
    setLive(next);
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => {
      const all = brushesOf(state.peek().brush, next);
      update({ brush: writtenBrushes(all) }, { replace: true });
      setLive(null);
    }, PATIENCE);
  };
  return [brushes, set] as const;
}

function useLines(fields: readonly Field[], colorOf: (run: RunRow) => string) {
  const version = data.version.value;
  const { log } = state.value;
  const key = fields.map((field) => field.id).join();
  return useMemo(() => {
    const axes: ParallelAxis[] = fields.map((field) => ({
      id: field.id,
      title: field.key,
      isLog: log.includes(field.id),
    }));
    const lines: ParallelLine[] = data.runs.value.map((run) => ({
      id: run.id,
      color: colorOf(run),
      values: fields.map((field) => data.cell(field, run)),
    }));
    return { axes, lines };
  }, [key, version, data.runs.value, log.join(), colorOf]);
}

/** Return the brushes that the address has, with one that is being drawn. */
export function brushesOf(texts: readonly string[], live: Live | null = null): Map<string, Brush> {
  const brushes = new Map<string, Brush>();
  for (const text of texts) {
    const match = /^(.*):([^:]+):([^:]+)$/s.exec(text);
    const range: Brush = [Number(match?.[2]), Number(match?.[3])];
    if (match && range.every(Number.isFinite)) brushes.set(match[1]!, range);
  }
  if (live?.brush) brushes.set(live.id, live.brush);
  else if (live) brushes.delete(live.id);
  return brushes;
}

/** Return brushes as the address has them. */
export function writtenBrushes(brushes: ReadonlyMap<string, Brush>): string[] {
  const short = (value: number): string => String(Number(value.toPrecision(6)));
  return [...brushes].map(([id, [low, high]]) => `${id}:${short(low)}:${short(high)}`);
}

interface ToolsProps {
  readonly ids: readonly string[];
  readonly axes: readonly ParallelAxis[];
  readonly lines: readonly ParallelLine[];
  readonly brushes: ReadonlyMap<string, Brush>;
  readonly keys: ComponentChildren;
}

function Tools({ ids, axes, lines, brushes, keys }: ToolsProps) {
  return (
    <div class="tools">
      <FieldSelect
        label="Axes"
        isMany
        chosen={ids}
        onChoose={(id) => update({ axes: toggledIn(ids, id) })}
      />
      <LogMenu axes={axes} />
      <ColorSelect none="by the last axis" />
      {keys}
      <span class="space" />
      {brushes.size > 0 && <Brushed {...{ axes, lines, brushes }} />}
    </div>
  );
}

/** What to do with the runs that the brushes leave. */
function Brushed({ axes, lines, brushes }: Omit<ToolsProps, "ids" | "keys">) {
  const layout = useMemo(() => layOut(axes, lines, { width: 800, height: 400 }), [axes, lines]);
  const inside = layout.lines.filter((line) => isInBrushes(line, layout, brushes));
  return (
    <span class="selection-actions" role="group" aria-label="Runs in the ranges">
      <output>
        {inside.length} of {formatCount(lines.length, "run")}
      </output>
      <Button
        tone="primary"
        disabled={!inside.length}
        onClick={() => setRuns(inside.map((line) => line.id))}
      >
        Keep only these
      </Button>
      <Button onClick={() => update({ brush: [] })}>Clear ranges</Button>
    </span>
  );
}

function LogMenu({ axes }: { axes: readonly ParallelAxis[] }) {
  const { log } = state.value;
  const badge = axes.filter((axis) => axis.isLog).length;
  return (
    <Popover label="Logarithmic" badge={badge || ""}>
      {() => (
        <div role="group">
          {axes.map((axis) => (
            <MenuItem
              key={axis.id}
              checked={axis.isLog}
              onSelect={() => update({ log: toggledIn(log, axis.id) })}
            >
              {axis.title}
            </MenuItem>
          ))}
        </div>
      )}
    </Popover>
  );
}
