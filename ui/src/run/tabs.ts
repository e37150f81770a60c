/** The tabs of a run, each with its address: `#/runs/ID/nodes`. */

import type { RunDetails } from "@/api/types";
import { linkTo, location, type Params } from "@/parts/location";
import type { Tab } from "@/parts/tabs";

/** The name of a tab, as the address has it. */
export type TabName =
  | "overview"
  | "metrics"
  | "params"
  | "artifacts"
  | "nodes"
  | "data"
  | "output"
  | "code"
  | "environment";

const TITLES: Readonly<Record<TabName, string>> = {
  overview: "Overview",
  metrics: "Metrics",
  params: "Params",
  artifacts: "Artifacts",
  nodes: "Nodes",
  data: "Data",
  output: "Output",
  code: "Code",
  environment: "Environment",
};

/** Return the link to a tab of a run; the baseline stays. */
export function tabLink(id: string, tab: TabName, query: Params = {}): string {
  const path = tab === "overview" ? ["runs", id] : ["runs", id, tab];
  const baseline = location.value.query.get("baseline") ?? undefined;
  return linkTo(path, { baseline, ...query });
}

/** The tab at the address. */
export function currentTab(): TabName {
  const name = location.value.path[2] ?? "overview";
  return name in TITLES ? (name as TabName) : "overview";
}

/** Return the tabs of a run, with the number of entries of each. */
export function tabsOf({ run, metrics, nodes, artifacts, datasets, inputs }: RunDetails): Tab[] {
  const counts: Partial<Record<TabName, number>> = {
    metrics: metrics.length,
    params: Object.keys(run.params).length,
    artifacts: artifacts.length,
    nodes: nodes.length,
    data: new Set(datasets.map((one) => one.dataset)).size + inputs.length,
  };
  return (Object.keys(TITLES) as TabName[]).map((id) => ({
    id,
    title: TITLES[id],
    count: counts[id],
    link: tabLink(run.id, id),
  }));
}
