/** The nodes of a run as a table. */

import type { NodeRunRecord } from "@/api/types";
import { formatDuration, formatSize } from "@/parts/format";
import { Icon } from "@/parts/icon";
import { change } from "@/parts/location";
import { Status } from "@/parts/status";
import { chosen } from "@/run/find";
import { durationOf, type NodeSort } from "@/run/nodes/order";
import { chooseNode, type NodeListProps } from "@/run/nodes/tab";
import { Cell, Rows } from "@/run/rows";

const COLUMNS = "minmax(140px,2fr) 88px 80px 80px 80px minmax(120px,3fr)";

/** The table; its arrow keys choose nodes. */
export function NodeTable({ nodes, active, now }: NodeListProps) {
  return (
    <Rows
      label="Nodes"
      count={nodes.length}
      least={640}
      columns={COLUMNS}
      active={nodes.findIndex((node) => node.node === active)}
      onOpen={(at) => chooseNode(nodes[at]!.node)}
      head={
        <>
          <Head by="node">node</Head>
          <Cell isHead>status</Cell>
          <Head by="duration">duration</Head>
          <Head by="cpu">cpu</Head>
          <Head by="peak">memory</Head>
          <Cell isHead>reason</Cell>
        </>
      }
      row={(at) => <Row node={nodes[at]!} now={now} />}
    />
  );
}

function Row({ node, now }: { node: NodeRunRecord; now: number }) {
  const hasRun = node.status !== "reused" && node.status !== "scheduled";
  return (
    <>
      <Cell title={node.node}>{node.node}</Cell>
      <Cell>
        <Status status={node.status} />
      </Cell>
      <Cell class="number">{hasRun ? formatDuration(durationOf(node, now)) : ""}</Cell>
      <Cell class="number muted">{node.cpu ? formatDuration(node.cpu) : ""}</Cell>
      <Cell class="number muted">{node.peak ? formatSize(node.peak) : ""}</Cell>
      {node.error ? (
        <Cell class="bad-text" title={node.error.message}>
          {`${node.error.kind}: ${node.error.message}`}
        </Cell>
      ) : (
        <Cell class="muted" title={node.reason}>
          {node.reason}
        </Cell>
      )}
    </>
  );
}

/** The head of a column by which the nodes are sorted: down, up, as they started. */
function Head({ by, children }: { by: NodeSort; children: string }) {
  const now = chosen("sort");
  const next = now === `-${by}` ? by : now === by ? undefined : `-${by}`;
  const isOn = now.replace("-", "") === by;
  return (
    <Cell isHead class={by === "node" ? undefined : "number"}>
      <button type="button" class="sort" onClick={() => change({ sort: next })}>
        {children}
        {isOn && <Icon name={now.startsWith("-") ? "down" : "up"} />}
      </button>
    </Cell>
  );
}
