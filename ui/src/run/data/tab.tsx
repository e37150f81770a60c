/** The data of a run: what it read and wrote, exactly which contents, and who else used them. */

import { useMemo } from "preact/hooks";
import type { RunDetails } from "@/api/types";
import { formatCount, formatSize } from "@/parts/format";
import { change } from "@/parts/location";
import { Empty } from "@/parts/problem";
import { BaselinePicker, useBaseline } from "@/run/baseline";
import { DataDetails } from "@/run/data/details";
import { entriesOf, type DataEntry } from "@/run/data/entries";
import { digestsOf } from "@/run/differences";
import { chosen, FindField } from "@/run/find";
import { Cell, Rows } from "@/run/rows";
import { shortDigest } from "@/run/short";

const COLUMNS =
  "72px minmax(110px,2fr) 116px 72px minmax(60px,1fr) minmax(80px,2fr) minmax(100px,3fr)";

/** The tab of data. */
export function DataTab({ details }: { details: RunDetails }) {
  const baseline = useBaseline(details.run);
  const find = chosen("find").trim().toLowerCase();
  const all = useMemo(() => entriesOf(details.datasets, details.inputs), [details]);
  const entries = useMemo(
    () => all.filter((one) => `${one.name}\n${one.digest}`.toLowerCase().includes(find)),
    [all, find],
  );
  const before = useMemo(
    () => (baseline.other ? digestsOf(baseline.other) : undefined),
    [baseline.other],
  );
  const active = entries.findIndex((one) => one.name === chosen("data"));
  if (!all.length) return <NoData />;
  return (
    <div class="tab-page">
      <div class="tab-bar">
        <FindField label="Find data" />
        <span class="space" />
        <BaselinePicker run={details.run} baseline={baseline} />
      </div>
      <div class="tab-body with-side">
        <div class="side-main">
          {entries.length ? (
            <DataRows entries={entries} active={active} before={before} />
          ) : (
            <Empty title={`None of ${formatCount(all.length, "dataset")}`} />
          )}
        </div>
        {active >= 0 && (
          <DataDetails
            key={entries[active]!.digest + entries[active]!.name}
            run={details.run.id}
            entry={entries[active]!}
          />
        )}
      </div>
    </div>
  );
}

interface RowsProps {
  readonly entries: readonly DataEntry[];
  readonly active: number;
  /** The digests of the run that this one is compared with. */
  readonly before: Readonly<Record<string, string>> | undefined;
}

function DataRows({ entries, active, before }: RowsProps) {
  const choose = (at: number): void =>
    change({ data: entries[at]!.name }, { replace: chosen("data") !== "" });
  return (
    <Rows
      label="Data"
      count={entries.length}
      least={720}
      columns={COLUMNS}
      active={active}
      onOpen={choose}
      head={["", "dataset", "digest", "size", "type", "nodes", "location"].map((title) => (
        <Cell key={title} isHead class={title === "size" ? "number" : undefined}>
          {title}
        </Cell>
      ))}
      row={(at) => <Row entry={entries[at]!} before={before?.[entries[at]!.name]} />}
    />
  );
}

function Row({ entry, before }: { entry: DataEntry; before: string | undefined }) {
  const differs = before !== undefined && before !== entry.digest;
  const nodes = [...entry.writers, ...entry.readers].join(", ");
  return (
    <>
      <Cell class={`kind ${entry.kind}`}>{entry.kind}</Cell>
      <Cell title={entry.name}>
        {entry.name} {entry.version && <small class="muted">{entry.version}</small>}
      </Cell>
      <Cell
        class={differs ? "mono run-differs" : "mono"}
        title={differs ? `${entry.digest}\nbefore: ${before}` : entry.digest}
      >
        {shortDigest(entry.digest)}
      </Cell>
      <Cell class="number">{entry.size ? formatSize(entry.size) : ""}</Cell>
      <Cell class="muted">{entry.type}</Cell>
      <Cell class="muted" title={nodes}>
        {nodes}
      </Cell>
      <Cell class="muted" title={entry.location}>
        {entry.location}
      </Cell>
    </>
  );
}

function NoData() {
  return (
    <Empty title="No data">
      <p>Datasets of pipelines are recorded with their digests; clients of MLflow log theirs by</p>
      <pre>mlflow.log_input(mlflow.data.from_pandas(frame))</pre>
    </Empty>
  );
}
