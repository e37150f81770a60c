/** The nodes of a run at a glance. */

import type { RunDetails } from "@/api/run";
import { formatCount, formatDuration } from "@/parts/format";
import { Link } from "@/parts/link";
import { Minimap } from "@/run/nodes/minimap";
import { countStatuses, durationOf } from "@/run/nodes/order";
import { Section } from "@/run/section";
import { tabLink } from "@/run/tabs";

const SLOWEST = 3;

/** How many nodes ran and were reused, when, and which took longest. */
export function NodesAtAGlance({ details }: { details: RunDetails }) {
  const { run, nodes } = details;
  if (!nodes.length) return null;
  const now = run.ended ?? Date.now() / 1000;
  const slowest = nodes
    .filter((node) => node.status !== "reused" && node.status !== "scheduled")
    .sort((a, b) => durationOf(b, now) - durationOf(a, now))
    .slice(0, SLOWEST);
  const timeline = tabLink(run.id, "nodes", { view: "timeline" });
  return (
    <Section
      title="Nodes"
      actions={<Link to={timeline}>{`${formatCount(nodes.length, "node")} as a timeline`}</Link>}
    >
      <Minimap details={details} now={now} />
      <p class="glance">
        {countStatuses(nodes).map(([status, count]) => (
          <Link key={status} to={tabLink(run.id, "nodes", { status })}>
            <i class={`dot ${status}`} aria-hidden="true" /> {`${count} ${status}`}
          </Link>
        ))}
        {slowest.length > 0 && <span class="muted">longest:</span>}
        {slowest.map((node) => (
          <span key={node.node}>
            <Link to={tabLink(run.id, "nodes", { node: node.node })}>{node.node}</Link>{" "}
            <span class="muted">{formatDuration(durationOf(node, now))}</span>
          </span>
        ))}
      </p>
    </Section>
  );
}
