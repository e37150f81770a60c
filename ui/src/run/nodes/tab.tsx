/** The nodes of a run: as a table, as a timeline, and one of them closely. */

import { useMemo } from "preact/hooks";
import type { NodeRunRecord, RunDetails } from "@/api/types";
import { formatCount } from "@/parts/format";
import { change } from "@/parts/location";
import { Empty } from "@/parts/problem";
import { chosen, FindField, Segments } from "@/run/find";
import { NodeDetails } from "@/run/nodes/details";
import { countStatuses, orderNodes } from "@/run/nodes/order";
import { NodeTable } from "@/run/nodes/table";
import { Timeline } from "@/run/nodes/timeline";
import "@/run/nodes/nodes.css";

/** What the table and the timeline show. */
export interface NodeListProps {
  readonly details: RunDetails;
  readonly nodes: readonly NodeRunRecord[];
  /** The name of the chosen node; empty if there is none. */
  readonly active: string;
  readonly now: number;
}

/** The tab of nodes. */
export function NodesTab({ details }: { details: RunDetails }) {
  const now = details.run.ended ?? Date.now() / 1000;
  const [find, status, sort] = [chosen("find"), chosen("status"), chosen("sort")];
  const nodes = useMemo(
    () => orderNodes(details.nodes, { find, status, sort }, now),
    [details.nodes, find, status, sort],
  );
  const active = chosen("node");
  const node = details.nodes.find((one) => one.node === active);
  if (!details.nodes.length) return <NoNodes />;
  const list = { details, nodes, active, now };
  return (
    <div class="tab-page">
      <div class="tab-bar">
        <FindField label="Find nodes" />
        <Statuses nodes={details.nodes} active={status} />
        <span class="space" />
        <Segments
          name="view"
          label="View"
          options={[
            ["table", "Table"],
            ["timeline", "Timeline"],
          ]}
        />
      </div>
      <div class="tab-body with-side">
        <div class="side-main">
          {!nodes.length && (
            <Empty title={`None of ${formatCount(details.nodes.length, "node")}`} />
          )}
          {nodes.length > 0 &&
            (chosen("view") === "timeline" ? <Timeline {...list} /> : <NodeTable {...list} />)}
        </div>
        {node && <NodeDetails key={node.node} details={details} node={node} now={now} />}
      </div>
    </div>
  );
}

/** Choose a node, or none. */
export function chooseNode(name: string): void {
  change({ node: name }, { replace: chosen("node") !== "" });
}

function Statuses({ nodes, active }: { nodes: readonly NodeRunRecord[]; active: string }) {
  const counts = useMemo(() => countStatuses(nodes), [nodes]);
  return (
    <span class="segments" role="group" aria-label="Status">
      {counts.map(([status, count]) => (
        <button
          key={status}
          type="button"
          aria-pressed={status === active}
          onClick={() => change({ status: status === active ? undefined : status })}
        >
          <i class={`dot ${status}`} aria-hidden="true" /> {status} {count}
        </button>
      ))}
    </span>
  );
}

function NoNodes() {
  return (
    <Empty title="No nodes">
      <p>Runs of pipelines have nodes, each with its time, its reason and its data:</p>
      <pre>treadle run</pre>
    </Empty>
  );
}
