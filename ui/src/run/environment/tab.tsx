/** The environment of a run: Python, the machine, the packages, and what differs of them. */

import { useMemo } from "preact/hooks";
import { type Environment, snapshotsOf } from "@/api/run";
import type { RunDetails } from "@/api/types";
import { formatCount } from "@/parts/format";
import { Empty } from "@/parts/problem";
import { BaselinePicker, useBaseline } from "@/run/baseline";
import { Check, chosen, FindField } from "@/run/find";
import { Cell, Rows } from "@/run/rows";
import "@/run/code/code.css";

/** The tab of the environment. */
export function EnvironmentTab({ details }: { details: RunDetails }) {
  const { environment } = snapshotsOf(details);
  const baseline = useBaseline(details.run);
  const before = baseline.other && snapshotsOf(baseline.other).environment;
  if (!environment) {
    return (
      <Empty title="No environment recorded">
        <p>Runs of Treadle&apos;s own client and of pipelines record theirs.</p>
      </Empty>
    );
  }
  return (
    <div class="tab-page">
      <Facts now={environment} before={before} />
      <div class="tab-bar">
        <FindField label="Find packages" />
        <Check name="only" value="differing" disabled={!before}>
          only what differs
        </Check>
        <span class="space" />
        <BaselinePicker run={details.run} baseline={baseline} />
      </div>
      <div class="tab-body">
        <Packages now={environment} before={before} />
      </div>
    </div>
  );
}

interface Two {
  readonly now: Environment;
  readonly before: Environment | undefined;
}

const FACTS: readonly (readonly [string, (one: Environment) => string])[] = [
  ["Python", (one) => `${one.python} ${one.implementation}`],
  ["Platform", (one) => one.platform],
  ["Machine", (one) => `${one.machine}, ${formatCount(one.processors, "processor")}`],
  ["Treadle", (one) => one.treadle],
  ["Installed in", (one) => one.prefix],
  ["Working folder", (one) => one.folder ?? ""],
  ["PYTHONHASHSEED", (one) => one.hash_seed ?? ""],
];

function Facts({ now, before }: Two) {
  return (
    <dl class="run-facts environment-facts">
      {FACTS.map(([name, read]) => {
        const [value, old] = [read(now), before && read(before)];
        if (!value && !old) return null;
        return (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <span class={old !== undefined && old !== value ? "run-differs" : undefined}>
                {value || "not set"}
              </span>
              {old !== undefined && old !== value && (
                <small class="muted">{old || "not set"}</small>
              )}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

/** Return the names of the packages to show. */
export function packagesOf({ now, before }: Two, find: string, onlyDiffering: boolean): string[] {
  const old = before?.packages ?? {};
  const all = onlyDiffering ? { ...old, ...now.packages } : now.packages;
  const text = find.trim().toLowerCase();
  return Object.keys(all)
    .filter((name) => name.toLowerCase().includes(text))
    .filter((name) => !onlyDiffering || !before || now.packages[name] !== old[name])
    .sort((a, b) => a.localeCompare(b));
}

function Packages(two: Two) {
  const { now, before } = two;
  const [find, only] = [chosen("find"), chosen("only") === "differing"];
  const names = useMemo(() => packagesOf(two, find, only), [now, before, find, only]);
  const total = formatCount(Object.keys(now.packages).length, "package");
  if (!names.length) {
    const isSame = only && !find;
    return <Empty title={isSame ? `The same ${total}` : `None of ${total}`} />;
  }
  const others = before?.packages;
  return (
    <Rows
      label="Packages"
      count={names.length}
      least={560}
      columns="minmax(120px,2fr) minmax(80px,1fr) minmax(80px,1fr) minmax(0,3fr)"
      head={
        <>
          <Cell isHead>{total}</Cell>
          <Cell isHead>version</Cell>
          <Cell isHead>{others ? "compared run" : ""}</Cell>
          <Cell isHead>source</Cell>
        </>
      }
      row={(at) => <Package name={names[at]!} {...two} />}
    />
  );
}

function Package({ name, now, before }: Two & { name: string }) {
  const [version, old] = [now.packages[name], before?.packages[name]];
  const differs = before !== undefined && version !== old;
  const source = now.sources?.[name];
  return (
    <>
      <Cell>{name}</Cell>
      <Cell class={differs ? "mono run-differs" : "mono"}>{version ?? "–"}</Cell>
      <Cell class="mono muted">{!before ? "" : differs ? (old ?? "–") : "="}</Cell>
      <Cell class="muted" title={source}>
        {source ?? ""}
      </Cell>
    </>
  );
}
