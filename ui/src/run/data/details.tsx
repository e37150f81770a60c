/** One dataset of a run, closely: where it is, what it is like, and who else used it. */

import type { ComponentChildren } from "preact";
import { CopyButton } from "@/parts/copy";
import { formatAge, formatCount, formatSize } from "@/parts/format";
import { JsonTree } from "@/parts/json_tree";
import { Link } from "@/parts/link";
import { useLoad } from "@/parts/load";
import { change, linkTo } from "@/parts/location";
import { Problem, Skeleton } from "@/parts/problem";
import { columnsOf, type DataEntry } from "@/run/data/entries";
import { readLineage, type OtherUse } from "@/run/data/lineage";
import { SidePanel } from "@/run/side_panel";
import { shortDigest, shortId } from "@/run/short";
import { tabLink } from "@/run/tabs";

/** The panel of a dataset. */
export function DataDetails({ run, entry }: { run: string; entry: DataEntry }) {
  return (
    <SidePanel
      label={`Dataset ${entry.name}`}
      title={entry.name}
      onClose={() => change({ data: undefined })}
    >
      <dl class="run-pairs">
        {entry.digest && (
          <Pair name="digest">
            <code title={entry.digest}>{shortDigest(entry.digest)}</code>
            <CopyButton text={entry.digest} label="Copy the digest" />
          </Pair>
        )}
        {entry.size > 0 && <Pair name="size">{formatSize(entry.size)}</Pair>}
        {entry.version && <Pair name="version">{entry.version}</Pair>}
        {entry.type && <Pair name="type">{entry.type}</Pair>}
        {entry.location && (
          <Pair name="location">
            <span>{entry.location}</span>
            <CopyButton text={entry.location} label="Copy the location" />
          </Pair>
        )}
        <Nodes name="written by" run={run} nodes={entry.writers} />
        <Nodes name="read by" run={run} nodes={entry.readers} />
        {Object.entries(entry.logged?.tags ?? {}).map(([key, value]) => (
          <Pair key={key} name={key.replace("mlflow.data.", "")}>
            {value}
          </Pair>
        ))}
      </dl>
      <Columns text={entry.logged?.columns} />
      <Document title="Profile" text={entry.logged?.profile} />
      {entry.digest && <Lineage run={run} digest={entry.digest} />}
    </SidePanel>
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

function Nodes({ name, run, nodes }: { name: string; run: string; nodes: readonly string[] }) {
  if (!nodes.length) return null;
  return (
    <Pair name={name}>
      <span class="links">
        {nodes.map((node) => (
          <Link key={node} to={tabLink(run, "nodes", { node })}>
            {node}
          </Link>
        ))}
      </span>
    </Pair>
  );
}

const MOST = 200;

/** The columns of a table that a client logged. */
function Columns({ text }: { text: string | null | undefined }) {
  const columns = columnsOf(text);
  if (!columns) return <Document title="Columns" text={text} />;
  return (
    <section aria-label="Columns">
      <h3>{formatCount(columns.length, "column")}</h3>
      <ul class="data-list">
        {columns.slice(0, MOST).map((one) => (
          <li key={one.name}>
            <span>{one.name}</span>
            <span class="space" />
            <small class="muted">{one.type}</small>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** A JSON document that a client sent; as text if it is none. */
function Document({ title, text }: { title: string; text: string | null | undefined }) {
  if (!text) return null;
  let value: unknown = text;
  try {
    value = JSON.parse(text);
  } catch {
    /* shown as it is */
  }
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <JsonTree value={value} label={title} depth={3} />
    </section>
  );
}

function Lineage({ run, digest }: { run: string; digest: string }) {
  const found = useLoad((signal) => readLineage(digest, run, signal), [run, digest]);
  const where = `datasets.digest = "${digest}"`;
  if (found.error) return <Problem error={found.error} />;
  if (!found.value) return <Skeleton />;
  const { writers, readers, hasMore } = found.value;
  return (
    <>
      <Uses title="Other runs that wrote this content" uses={writers} />
      <Uses title="Other runs that read it" uses={readers} />
      {!writers.length && !readers.length && <p class="muted">No other run used this content.</p>}
      {(hasMore || writers.length + readers.length > 0) && (
        <p>
          <Link to={linkTo(["runs"], { where })}>
            {hasMore ? "All runs that used it, as a table" : "As a table of runs"}
          </Link>
        </p>
      )}
    </>
  );
}

function Uses({ title, uses }: { title: string; uses: readonly OtherUse[] }) {
  if (!uses.length) return null;
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <ul class="data-list">
        {uses.map(({ run, nodes }) => (
          <li key={run.id}>
            <i class={`dot ${run.status}`} title={run.status} />
            <Link to={linkTo(["runs", run.id])}>{run.name || "run"}</Link>
            <code>{shortId(run.id)}</code>
            <small class="muted">{nodes.join(", ")}</small>
            <span class="space" />
            <small class="muted">{formatAge(run.started)}</small>
          </li>
        ))}
      </ul>
    </section>
  );
}
