/** Runs by groups, with statistics over all of them and not over those that are loaded. */

import { signal } from "@preact/signals";
import { useEffect, useMemo, useState } from "preact/hooks";
import { readGroups } from "@/api/runs";
import type { GroupCell, RunGroup, RunGroups } from "@/api/types";
import { fieldOf, titleOf } from "@/runs/fields";
import { list, shownColumns } from "@/runs/list";
import { search, state, update } from "@/runs/state";
import { formatCell, formatCount, formatNumber } from "@/parts/format";
import { useLoad } from "@/parts/load";
import { Empty, Problem, Skeleton } from "@/parts/problem";
import type { GridColumn } from "@/table/column";
import { Grid } from "@/table/grid";
import { Selection } from "@/table/selection";
import type { SortKey } from "@/table/sorting";

const STATISTICS = ["mean", "median", "deviation", "min–max", "count"] as const;
type Statistic = (typeof STATISTICS)[number];

const statistic = signal<Statistic>("mean");

function shownMetrics(): string[] {
  return shownColumns.value.filter((id) => {
    const field = fieldOf(id);
    const isStored = field?.family === "metrics" || field?.family === "params";
    return isStored && field.summary !== "curve" && !state.value.group.includes(id);
  });
}

/** Choose columns as the table of runs does, where neither it nor the address has chosen any. */
function useDefaultColumns(): void {
  const isChosen = state.value.columns !== null || list.data.chosen.value.length > 0;
  useEffect(() => {
    if (!isChosen) void list.open(search.value, null);
  }, [isChosen]);
}

/** The table of groups. */
export function Groups() {
  useDefaultColumns();
  const [sort, setSort] = useState<SortKey[]>([{ id: "count", descending: true }]);
  const { group } = state.value;
  const columns = shownMetrics();
  const order = sort.map((key) => `${key.descending ? "-" : ""}${key.id}`)[0] ?? "-count";
  const found = useLoad(
    (aborted) => readGroups(search.value, { by: group, columns, sort: order }, aborted),
    [JSON.stringify(search.value), group.join(), columns.join(), order],
  );
  return (
    <>
      <div class="segments" role="group" aria-label="Statistic">
        {STATISTICS.map((one) => (
          <button
            key={one}
            type="button"
            aria-pressed={statistic.value === one}
            onClick={() => (statistic.value = one)}
          >
            {one}
          </button>
        ))}
        {found.value && (
          <output class="muted">
            {formatCount(found.value.total, "group")}, over all their runs
          </output>
        )}
      </div>
      {found.error ? (
        <Problem error={found.error} />
      ) : found.value ? (
        <GroupGrid groups={found.value} ids={columns} sort={sort} onSort={setSort} />
      ) : (
        <Skeleton lines={6} />
      )}
    </>
  );
}

interface GroupGridProps {
  readonly groups: RunGroups;
  readonly ids: readonly string[];
  readonly sort: readonly SortKey[];
  readonly onSort: (keys: SortKey[]) => void;
}

function GroupGrid({ groups, ids, sort, onSort }: GroupGridProps) {
  const selection = useMemo(() => new Selection(), []);
  const by = state.value.group;
  const way = statistic.value;
  const columns = useMemo(() => columnsOf(by, ids, way), [by.join(), ids.join(), way]);
  if (!groups.groups.length) return <Empty title="No runs to group" />;
  return (
    <Grid
      label="Groups of runs"
      columns={columns}
      count={groups.groups.length}
      keyAt={(index) => index}
      rowAt={(index) => groups.groups[index]}
      version={`${way} ${groups.total}`}
      selection={selection}
      sort={sort}
      onView={() => undefined}
      onOpen={openGroup}
      onSort={(keys) => onSort(keys.slice(-1))}
      onResize={() => undefined}
      onMove={() => undefined}
      onMenu={() => undefined}
    />
  );
}

function columnsOf(
  by: readonly string[],
  ids: readonly string[],
  way: Statistic,
): GridColumn<RunGroup>[] {
  const base = { isPinned: false, canSort: false, isNumber: false, width: 150 };
  return [
    ...by.map((id, at) => ({
      ...base,
      ...title(id),
      id,
      isPinned: true,
      render: (group: RunGroup) => (
        <button type="button" class="link" onClick={() => openGroup(group)}>
          {group.values[at] === null ? <i class="muted">none</i> : formatCell(group.values[at])}
        </button>
      ),
    })),
    {
      ...base,
      id: "count",
      title: "runs",
      width: 72,
      isNumber: true,
      canSort: true,
      render: (group) => group.count,
    },
    ...ids.map((id, at) => ({
      ...base,
      ...title(id),
      id,
      isNumber: true,
      canSort: true,
      render: (group: RunGroup) => formatStatistic(group.cells[at] ?? null, way),
    })),
  ];
}

function title(id: string): { title: string; group: string } {
  const field = fieldOf(id);
  return field ? titleOf(field) : { title: id, group: "" };
}

/** Return a statistic of a group as text. */
export function formatStatistic(cell: GroupCell | null, way: Statistic): string {
  if (!cell) return "";
  const show = (value: number | null): string => (value === null ? "" : formatNumber(value));
  if (way === "min–max") return `${show(cell.min)} – ${show(cell.max)}`;
  if (way === "mean" && cell.deviation) return `${show(cell.mean)} ± ${show(cell.deviation)}`;
  return show(cell[way]);
}

/** Show the runs of a group. */
function openGroup(group: RunGroup): void {
  const { group: by, where } = state.value;
  const tests = by.map((id, at) => {
    const value = group.values[at];
    if (value === null || value === undefined) return `${id} is null`;
    return `${id} = ${typeof value === "string" ? JSON.stringify(value) : String(value)}`;
  });
  update({ group: [], where: [...(where ? [`(${where})`] : []), ...tests].join(" and ") });
}
