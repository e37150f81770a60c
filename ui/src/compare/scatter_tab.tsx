/** The tab with a point for each run: any two fields, a colour and a size. */

import { useMemo } from "preact/hooks";
import type { RunRow } from "@/api/types";
import { numberOf } from "@/charts/axes";
import { Scatter, type ScatterPoint } from "@/charts/scatter";
import { titleOf } from "@/compare/colors";
import { data } from "@/compare/data";
import { mainMetric, mainParams } from "@/compare/defaults";
import type { Field } from "@/compare/fields";
import { FieldSelect } from "@/compare/field_select";
import {
  ColorKeys,
  LogSwitch,
  RunTip,
  selected,
  SelectionActions,
  useColors,
  useFields,
} from "@/compare/points";
import { state, update } from "@/compare/state";
import { go, linkTo } from "@/parts/location";

const RADIUS = 5;
const RADII = [3, 12] as const;

/** The tab. */
export function ScatterTab() {
  const now = state.value;
  const x = now.x || mainParams(1)[0] || "started";
  const y = now.y || mainMetric() || "duration";
  const fields = useFields([x, y, now.color, now.size]);
  const { colorOf, coloring } = useColors(now.color);
  const [along, up] = fields as [Field, Field];
  const points = usePoints(along, up, colorOf, now.size ? fields.at(-1) : undefined);
  return (
    <>
      <div class="tools">
        <FieldSelect label="x" chosen={[x]} onChoose={(id) => update({ x: id })} />
        <LogSwitch id={x} label="x axis" />
        <FieldSelect label="y" chosen={[y]} onChoose={(id) => update({ y: id })} />
        <LogSwitch id={y} label="y axis" />
        <ColorSelect />
        <SizeSelect />
        <ColorKeys coloring={coloring} />
        <span class="space" />
        <SelectionActions />
      </div>
      <Scatter
        points={points}
        x={{ title: along.key, isLog: now.log.includes(x) }}
        y={{ title: up.key, isLog: now.log.includes(y) }}
        selected={selected.value}
        describe={(id) => <RunTip id={id} fields={fields} />}
        onSelect={(ids) => (selected.value = new Set(ids))}
        onOpen={(id) => go(linkTo(["runs", id]))}
      />
    </>
  );
}

function usePoints(
  along: Field,
  up: Field,
  colorOf: (run: RunRow) => string,
  size: Field | undefined,
): ScatterPoint[] {
  const version = data.version.value;
  return useMemo(() => {
    const radiusOf = radii(size);
    return data.runs.value.map((run, at) => ({
      id: run.id,
      label: titleOf(run),
      x: data.cell(along, run),
      y: data.cell(up, run),
      color: colorOf(run),
      radius: radiusOf(at),
    }));
  }, [data.runs.value, version, along, up, colorOf, size]);
}

/** The choice of the field that colours the runs. */
export function ColorSelect({ none = "by run" }: { none?: string }) {
  const { color } = state.value;
  return (
    <FieldSelect
      label="colour"
      chosen={color ? [color] : []}
      none={none}
      onChoose={(id) => update({ color: id })}
    />
  );
}

function SizeSelect() {
  const { size } = state.value;
  return (
    <FieldSelect
      label="size"
      chosen={size ? [size] : []}
      none="the same"
      onChoose={(id) => update({ size: id })}
    />
  );
}

/** Return the radius of each run; the area grows with the value. */
function radii(field: Field | undefined): (at: number) => number {
  if (!field) return () => RADIUS;
  const values = data.values(field).map(numberOf);
  const known = values.flatMap((value) => value ?? []);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return (at) => {
    const value = values[at] ?? null;
    if (value === null || high <= low) return RADIUS;
    const part = (value - low) / (high - low);
    return Math.sqrt(RADII[0] ** 2 + part * (RADII[1] ** 2 - RADII[0] ** 2));
  };
}
