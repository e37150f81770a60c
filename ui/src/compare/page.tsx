/** The page that compares runs. */

import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { followRuns } from "@/api/live";
import { AddRuns } from "@/compare/add_runs";
import { data } from "@/compare/data";
import { RunsBar } from "@/compare/runs_bar";
import { MOST_RUNS, state, type TabId } from "@/compare/state";
import { TableTab } from "@/compare/table_tab";
import { formatCount } from "@/parts/format";
import { linkTo, location } from "@/parts/location";
import { Empty, Problem, Skeleton } from "@/parts/problem";
import { Tabs } from "@/parts/tabs";
import "@/compare/compare.css";

const TITLES: Partial<Record<TabId, string>> = {
  table: "Table",
  curves: "Curves",
  scatter: "Scatter",
  parallel: "Parallel",
  box: "Box plots",
  contour: "Contour",
  importance: "Importance",
  images: "Images",
  origins: "Code and data",
  explain: "What explains it",
};

/** The tabs that are loaded when they are opened. */
const LAZY: Partial<Record<TabId, () => Promise<ComponentType>>> = {
  curves: () => import("@/compare/curves_tab").then((module) => module.CurvesTab),
  scatter: () => import("@/compare/scatter_tab").then((module) => module.ScatterTab),
  parallel: () => import("@/compare/parallel_tab").then((module) => module.ParallelTab),
  box: () => import("@/compare/box_tab").then((module) => module.BoxTab),
  contour: () => import("@/compare/contour_tab").then((module) => module.ContourTab),
  importance: () => import("@/compare/importance_tab").then((module) => module.ImportanceTab),
  images: () => import("@/compare/images_tab").then((module) => module.ImagesTab),
  origins: () => import("@/compare/origins_tab").then((module) => module.OriginsTab),
  explain: () => import("@/compare/explain_tab").then((module) => module.ExplainTab),
};

/** The compared runs, and one of the ways to look at them. */
export function ComparePage() {
  const { runs, where, experiments } = state.value;
  useEffect(
    () => void data.open({ runs, where, experiments }),
    [runs.join(), where, experiments.join()],
  );
  useEffect(() => followRuns(() => data.refresh().catch(ignore)), []);
  const found = data.runs.value;
  if (data.error.value) return <Failed />;
  if (!found.length) return data.isLoading.value ? <Skeleton lines={8} /> : <NoRuns />;
  return (
    <main class="compare">
      <h1 class="hidden">Compare {formatCount(found.length, "run")}</h1>
      <RunsBar />
      <Missing />
      {found.length === MOST_RUNS && !runs.length && <p class="muted missing">{NEWEST}</p>}
      <Choices />
      <section class="compare-body" aria-label={TITLES[state.value.tab]}>
        <Content />
      </section>
    </main>
  );
}

/** What was not read again is read by the next news. */
const ignore = (): void => undefined;

function Choices() {
  const { tab } = state.value;
  const isPair = data.runs.value.length === 2;
  const ids = (Object.keys(TITLES) as TabId[]).filter((id) => id !== "explain" || isPair);
  const tabs = ids.map((id) => {
    const query = new URLSearchParams(location.value.query);
    query.set("tab", id);
    return { id, title: TITLES[id]!, link: linkTo(["compare"], query) };
  });
  return <Tabs tabs={tabs} active={tab} label="Ways to compare" />;
}

const NEWEST = `These are the newest ${MOST_RUNS} runs of the search, which is the most.`;

function Content() {
  const { tab } = state.value;
  const load = LAZY[tab];
  return load ? <Lazy key={tab} load={load} /> : <TableTab />;
}

function Lazy({ load }: { load: () => Promise<ComponentType> }) {
  const [Found, setFound] = useState<ComponentType | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => void load().then((found) => setFound(() => found), setError), []);
  if (error) return <Problem error={error} />;
  return Found ? <Found /> : <Skeleton lines={6} />;
}

function Missing() {
  const ids = data.missing.value;
  if (!ids.length) return null;
  return (
    <p class="muted missing" role="status">
      {formatCount(ids.length, "run")} of the address no longer {ids.length === 1 ? "is" : "are"} in
      this store: {ids.slice(0, 3).join(", ")}
      {ids.length > 3 ? " …" : ""}
    </p>
  );
}

function Failed() {
  return (
    <main class="compare">
      <h1 class="hidden">Compare runs</h1>
      <RunsBar />
      <Problem error={data.error.value} />
    </main>
  );
}

function NoRuns() {
  const { where, runs } = state.value;
  const here = new URL(".", document.baseURI).href.replace(/\/$/, "");
  return (
    <main class="compare">
      <h1 class="hidden">Compare runs</h1>
      <div class="compared">
        <AddRuns />
      </div>
      <Missing />
      <Empty title={where || runs.length ? "No runs match" : "No runs to compare yet"}>
        <p>
          Select two or more <a href={linkTo(["runs"])}>runs</a> (by a click at their left, or with
          the arrow keys and Space) and press Compare, or add them here with <b>Runs</b>.
        </p>
        <p>All runs of a search, too:</p>
        <pre>{`${here}/#/compare?where=params.model = "ridge"`}</pre>
      </Empty>
    </main>
  );
}
