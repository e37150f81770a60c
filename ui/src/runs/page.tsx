/** The page of all runs. */

import { useEffect, useMemo } from "preact/hooks";
import { Actions, compareSelected } from "@/runs/actions";
import { ColumnMenu, openColumnMenu } from "@/runs/column_menu";
import { curvesVersion, readCurves } from "@/runs/curves";
import { useDefaultView } from "@/runs/default_view";
import { ExperimentTree } from "@/runs/experiments";
import { Groups } from "@/runs/groups";
import { ranges, readRanges } from "@/runs/heat";
import { columnsOf } from "@/runs/cells";
import { list, shownColumns } from "@/runs/list";
import { keepLive } from "@/runs/live";
import { search, state, update } from "@/runs/state";
import { Toolbar } from "@/runs/toolbar";
import { useCommands, type Command } from "@/parts/commands";
import { go, linkTo } from "@/parts/location";
import { Empty, Problem, Skeleton } from "@/parts/problem";
import { moved } from "@/table/column";
import { Grid } from "@/table/grid";
import type { HeaderActions } from "@/table/header";

/** The table of runs, with the tree of experiments at its side. */
export function RunsPage() {
  useCommands(COMMANDS);
  useDefaultView();
  const isGrouped = state.value.group.length > 0;
  return (
    <div class="runs-page">
      <ExperimentTree />
      <main class="runs-main">
        <h1 class="hidden">Runs</h1>
        <Toolbar />
        {isGrouped ? <Groups /> : <RunsTable />}
        <ColumnMenu />
        <Actions />
      </main>
    </div>
  );
}

const COMMANDS: readonly Command[] = [
  { title: "Search runs", key: "/", act: () => focus('[aria-label="Search runs"]') },
  { title: "Go to the table", key: "t", act: () => focus('[role="grid"]') },
  { title: "Compare the selected runs", key: "c", act: compareSelected },
  {
    title: "Fold child runs below their parents",
    key: "n",
    act: () => update({ isNested: !state.value.isNested }),
  },
  { title: "Show all runs", act: () => update({ where: "", experiments: [], group: [] }) },
];

function focus(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.focus();
}

/** Load the table again when the search or its columns change. */
function useTable(): void {
  const wanted = JSON.stringify(search.value);
  const columns = state.value.columns;
  const key = columns?.join() ?? "";
  useEffect(() => void list.open(search.value, columns), [wanted, columns === null]);
  useEffect(() => {
    if (columns) void list.setColumns(columns);
  }, [key]);
  useEffect(() => keepLive(() => list.visible), []);
  useEffect(() => void readRanges(state.value.heat), [state.value.heat.join()]);
  useEffect(() => void list.setBaseline(state.value.baseline), [state.value.baseline, key]);
}

function RunsTable() {
  useTable();
  const { data } = list;
  const ids = shownColumns.value;
  const baseline = list.baseline.value;
  const columns = useMemo(
    () => columnsOf(ids, { state: state.value, baseline, ranges: ranges.value, ...list.folding }),
    [ids.join(), state.value, baseline, ranges.value, list.opened.value],
  );
  const order = list.shown.value;
  if (data.error.value) return <Problem error={data.error.value} />;
  if (!order.length) return data.isLoading.value ? <Skeleton lines={8} /> : <NoRuns />;
  return (
    <Grid
      label="Runs"
      columns={columns}
      count={order.length}
      keyAt={(index) => order[index]}
      rowAt={(index) => data.row(order[index])}
      version={`${data.version.value} ${curvesVersion.value} ${list.opened.value.size}`}
      selection={list.selection}
      sort={state.value.sort}
      onView={see}
      onOpen={(held) => go(linkTo(["runs", held.run.id]))}
      classOf={(held) => (held.run.deleted === null ? "" : " gone")}
      {...CHANGES}
    />
  );
}

/** Read what is missing of the rows in view. */
function see(first: number, last: number): void {
  list.visible = list.shown.value.slice(first, last + 1);
  void list.data.see(list.visible);
  const rows = list.visible.flatMap((key) => list.data.row(key) ?? []);
  void readCurves(rows, shownColumns.value);
}

/** What the head of the table changes in the address. */
const CHANGES: HeaderActions = {
  onSort: (sort) => update({ sort }),
  onResize: (id, width) =>
    update({ widths: { ...state.value.widths, [id]: width } }, { replace: true }),
  onMove: (id, before) => update({ columns: moved(shownColumns.value, id, before) }),
  onMenu: openColumnMenu,
};

function NoRuns() {
  const { where, lifecycle, experiments } = state.value;
  if (where || lifecycle !== "active" || experiments.length) {
    return (
      <Empty title="No runs match">
        <button
          type="button"
          class="button"
          onClick={() => update({ where: "", lifecycle: "active", experiments: [] })}
        >
          Show all runs
        </button>
      </Empty>
    );
  }
  const here = new URL(".", document.baseURI).href.replace(/\/$/, "");
  return (
    <Empty title="No runs yet">
      <p>Run a pipeline or a script, and it is here:</p>
      <pre>
        {`TREADLE_STORE=${here} python train.py\n`}
        {`MLFLOW_TRACKING_URI=${here} python train.py`}
      </pre>
    </Empty>
  );
}
