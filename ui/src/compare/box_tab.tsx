/** The tab with box plots: a metric by the values of a param. */

import { useMemo } from "preact/hooks";
import type { RunRow } from "@/api/types";
import { BoxPlot } from "@/charts/box";
import { titleOf } from "@/compare/colors";
import { data } from "@/compare/data";
import { differing, mainMetric } from "@/compare/defaults";
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
import { ColorSelect } from "@/compare/scatter_tab";
import { state, update } from "@/compare/state";
import { go, linkTo } from "@/parts/location";

/** Return the param with the fewest values that differ, which makes the best groups. */
function mainGroup(): string {
  const counted = differing("params", 100).map((field) => ({
    field,
    count: new Set(data.values(field)).size,
  }));
  const many = counted.filter((one) => one.count > 1);
  return many.sort((one, other) => one.count - other.count)[0]?.field.id ?? "status";
}

/** The tab. */
export function BoxTab() {
  const now = state.value;
  const x = now.group || mainGroup();
  const y = now.metric || mainMetric() || "duration";
  const fields = useFields([x, y, now.color]);
  const { colorOf, coloring } = useColors(now.color);
  const [along, up] = fields as [Field, Field];
  const points = usePoints(along, up, colorOf);
  return (
    <>
      <div class="tools">
        <FieldSelect label="metric" chosen={[y]} onChoose={(id) => update({ metric: id })} />
        <LogSwitch id={y} label="y axis" />
        <FieldSelect label="by" chosen={[x]} onChoose={(id) => update({ group: id })} />
        <ColorSelect />
        <ColorKeys coloring={coloring} />
        <span class="space" />
        <SelectionActions />
      </div>
      <BoxPlot
        points={points}
        x={{ title: along.key, isLog: false }}
        y={{ title: up.key, isLog: now.log.includes(y) }}
        selected={selected.value}
        describe={(id) => <RunTip id={id} fields={fields} />}
        onSelect={(ids) => (selected.value = new Set(ids))}
        onOpen={(id) => go(linkTo(["runs", id]))}
      />
    </>
  );
}

function usePoints(along: Field, up: Field, colorOf: (run: RunRow) => string) {
  const version = data.version.value;
  return useMemo(
    () =>
      data.runs.value.map((run) => ({
        id: run.id,
        label: titleOf(run),
        x: data.cell(along, run),
        y: data.cell(up, run),
        color: colorOf(run),
        radius: 3,
      })),
    [data.runs.value, version, along, up, colorOf],
  );
}
