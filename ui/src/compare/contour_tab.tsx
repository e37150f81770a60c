/** The tab with a metric over two params. */

import { useMemo } from "preact/hooks";
import type { RunRow } from "@/api/types";
import { Contour } from "@/charts/contour";
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
import { Empty } from "@/parts/problem";

/** The tab. */
export function ContourTab() {
  const now = state.value;
  const params = mainParams(2);
  const [x, y] = [now.x || params[0] || "", now.z || params[1] || ""];
  const metric = now.metric || mainMetric();
  const fields = useFields([x, y, metric]);
  const { colorOf, coloring } = useColors(metric);
  const points = usePoints(fields, colorOf);
  const [along, up] = fields;
  return (
    <>
      <div class="tools">
        <FieldSelect label="x" chosen={[x]} onChoose={(id) => update({ x: id })} />
        <LogSwitch id={x} label="x axis" />
        <FieldSelect label="y" chosen={[y]} onChoose={(id) => update({ z: id })} />
        <LogSwitch id={y} label="y axis" />
        <FieldSelect label="metric" chosen={[metric]} onChoose={(id) => update({ metric: id })} />
        <ColorKeys coloring={coloring} />
        <span class="space" />
        <SelectionActions />
      </div>
      {along && up && fields.length === 3 ? (
        <Contour
          points={points}
          x={{ title: along.key, isLog: now.log.includes(x) }}
          y={{ title: up.key, isLog: now.log.includes(y) }}
          title={fields[2]!.key}
          selected={selected.value}
          describe={(id) => <RunTip id={id} fields={fields} />}
          onSelect={(ids) => (selected.value = new Set(ids))}
          onOpen={(id) => go(linkTo(["runs", id]))}
        />
      ) : (
        <Empty title="It takes two params that differ, and a metric" />
      )}
    </>
  );
}

function usePoints(fields: readonly Field[], colorOf: (run: RunRow) => string) {
  const version = data.version.value;
  const [x, y, z] = fields;
  return useMemo(
    () =>
      data.runs.value.map((run) => ({
        id: run.id,
        label: titleOf(run),
        x: x && data.cell(x, run),
        y: y && data.cell(y, run),
        z: z && data.cell(z, run),
        color: colorOf(run),
        radius: 5,
      })),
    [data.runs.value, version, fields, colorOf],
  );
}
