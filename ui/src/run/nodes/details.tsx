/** One node of a run, closely: why it ran, what of, what came out, and what it said. */

import type { ComponentChildren } from "preact";
import { readLogBetween } from "@/api/log";
import { type GraphNode, snapshotsOf } from "@/api/run";
import type { DatasetUseRecord, NodeRunRecord, RunDetails, ErrorRecord } from "@/api/types";
import { Ansi } from "@/parts/ansi";
import { Command, CopyButton } from "@/parts/copy";
import { formatDuration, formatMoment, formatSize } from "@/parts/format";
import { Link } from "@/parts/link";
import { useLoad } from "@/parts/load";
import { change } from "@/parts/location";
import { Status } from "@/parts/status";
import { durationOf } from "@/run/nodes/order";
import { SidePanel } from "@/run/side_panel";
import { shortDigest, shortId } from "@/run/short";
import { tabLink } from "@/run/tabs";
import { Traceback } from "@/run/traceback";

interface Props {
  readonly details: RunDetails;
  readonly node: NodeRunRecord;
  readonly now: number;
}

/** The panel of a node. */
export function NodeDetails({ details, node, now }: Props) {
  const known = snapshotsOf(details).graph?.nodes.find((one) => one.name === node.node);
  const hasRun = node.status !== "reused" && node.status !== "scheduled";
  return (
    <SidePanel
      label={`Node ${node.node}`}
      title={node.node}
      onClose={() => change({ node: undefined })}
    >
      {node.error && <Failure error={node.error} />}
      <dl class="run-pairs">
        <Pair name="status">
          <Status status={node.status} />
        </Pair>
        {node.reason && <Pair name={hasRun ? "ran because" : "because"}>{node.reason}</Pair>}
        {known?.function && <Pair name="function">{known.function}</Pair>}
        <Pair name="started">{formatMoment(node.started)}</Pair>
        {hasRun && <Pair name="duration">{formatDuration(durationOf(node, now))}</Pair>}
        {node.cpu > 0 && <Pair name="cpu">{formatDuration(node.cpu)}</Pair>}
        {node.peak > 0 && <Pair name="memory">{formatSize(node.peak)}</Pair>}
        {known && known.tags.length > 0 && <Pair name="tags">{known.tags.join(", ")}</Pair>}
        {node.key && (
          <Pair name="key">
            <code title={node.key}>{shortDigest(node.key)}</code>
            <CopyButton text={node.key} label="Copy the key" />
          </Pair>
        )}
      </dl>
      <Data details={details} node={node} known={known} />
      {hasRun && <NodeLog run={details.run.id} node={node} now={now} />}
      <Command text={commandOf(details.run.id, node)} />
    </SidePanel>
  );
}

/** Return the command for a node: to run it again, or to see what became of its data. */
function commandOf(run: string, node: NodeRunRecord): string {
  const isSimple = /^[\w.:-]+$/.test(node.node);
  if (node.status === "failed" && isSimple) {
    return `treadle resume ${shortId(run)} --from ${node.node}`;
  }
  return `treadle runs show ${shortId(run)} --lineage`;
}

function Failure({ error }: { error: ErrorRecord }) {
  return (
    <div class="failure">
      <p>
        <b>{error.kind}</b> <span class="failure-text">{error.message}</span>
      </p>
      {error.traceback && <Traceback text={error.traceback} isOpen />}
    </div>
  );
}

function Pair({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

interface DataProps {
  readonly details: RunDetails;
  readonly node: NodeRunRecord;
  readonly known: GraphNode | undefined;
}

/** The data of a node: what is stored has a digest, what lived in memory has none. */
function Data({ details, node, known }: DataProps) {
  const uses = details.datasets.filter((use) => use.node === node.node);
  const inputs = uses.filter((use) => use.role === "read");
  const outputs = uses.filter((use) => use.role !== "read");
  const { id } = details.run;
  return (
    <>
      <DataList title="Inputs" run={id} uses={inputs} names={known?.inputs ?? []} />
      <DataList title="Outputs" run={id} uses={outputs} names={known?.outputs ?? []} />
    </>
  );
}

interface ListProps {
  readonly title: string;
  readonly run: string;
  readonly uses: readonly DatasetUseRecord[];
  readonly names: readonly string[];
}

function DataList({ title, run, uses, names }: ListProps) {
  const rest = names.filter((name) => !uses.some((use) => use.dataset === name));
  if (!uses.length && !rest.length) return null;
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <ul class="data-list">
        {uses.map((use) => (
          <li key={use.dataset}>
            <Link to={tabLink(run, "data", { data: use.dataset })}>{use.dataset}</Link>
            <code title={use.digest}>{shortDigest(use.digest)}</code>
            <small class="muted">{use.size ? formatSize(use.size) : ""}</small>
          </li>
        ))}
        {rest.map((name) => (
          <li key={name}>
            <span>{name}</span>
            <small class="muted">{name.startsWith("param") ? "" : "in memory"}</small>
          </li>
        ))}
      </ul>
    </section>
  );
}

const MOST = 200;

function NodeLog({ run, node, now }: { run: string; node: NodeRunRecord; now: number }) {
  const end = node.ended ?? now;
  const log = useLoad(
    (signal) => readLogBetween(run, node.started, end, MOST, signal),
    [run, node.node, Math.floor(end / 5)],
  );
  const lines = log.value;
  if (!lines?.length) return null;
  return (
    <section aria-label="Output">
      <h3 class="with-link">
        Output while it ran
        <Link to={tabLink(run, "output", { at: String(lines[0]!.key) })}>in the whole output</Link>
      </h3>
      <pre class="node-log" tabIndex={0}>
        {lines.map((line) => (
          <div key={line.key} class={`level-${line.level}`}>
            <Ansi text={line.text} />
          </div>
        ))}
      </pre>
    </section>
  );
}
