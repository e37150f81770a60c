/** What a run did differently from another one. */

import { isFile } from "@/api/source";
import { snapshotsOf } from "@/api/run";
import type { RunDetails } from "@/api/types";
import { formatCell, formatCount, type Cell } from "@/parts/format";
import { Link } from "@/parts/link";
import { Problem, Skeleton } from "@/parts/problem";
import { BaselinePicker, type Baseline } from "@/run/baseline";
import { codeDifference, differencesOf, digestsOf } from "@/run/differences";
import { Section } from "@/run/section";
import { tabLink } from "@/run/tabs";

const MOST = 20;

/** The params that differ, and links to the other tabs where something does. */
export function Differences({ details, baseline }: { details: RunDetails; baseline: Baseline }) {
  const { other, error, isLoading } = baseline;
  const picker = <BaselinePicker run={details.run} baseline={baseline} />;
  return (
    <Section title="What differs" actions={picker}>
      {error ? <Problem error={error} /> : null}
      {!other && isLoading && <Skeleton />}
      {!other && !isLoading && !error && (
        <p class="muted">
          {isFile() ? "No earlier run is here." : "It is the first run of its experiment."}
        </p>
      )}
      {other && <Found details={details} other={other} />}
    </Section>
  );
}

function Found({ details, other }: { details: RunDetails; other: RunDetails }) {
  const { run } = details;
  const params = differencesOf<Cell>(other.run.params, run.params);
  const before = snapshotsOf(other).environment?.packages ?? {};
  const packages = differencesOf(before, snapshotsOf(details).environment?.packages ?? before);
  const data = differencesOf(digestsOf(other), digestsOf(details));
  const code = codeDifference(other, details);
  if (!params.length && !packages.length && !data.length && !code) {
    return <p class="muted">Nothing that is recorded: params, code, data and packages.</p>;
  }
  const more = params.length - MOST;
  return (
    <>
      <ul class="differences">
        {params.slice(0, MOST).map((one) => (
          <li key={one.key}>
            <code>{one.key}</code> <Pair before={one.before} after={one.after} />
          </li>
        ))}
      </ul>
      <p class="difference-links">
        {more > 0 && (
          <Link to={tabLink(run.id, "params", { only: "differing" })}>
            {`${formatCount(more, "param")} more`}
          </Link>
        )}
        {code && <Link to={tabLink(run.id, "code")}>{`code: ${code}`}</Link>}
        {data.length > 0 && (
          <Link to={tabLink(run.id, "data")}>{formatCount(data.length, "dataset")}</Link>
        )}
        {packages.length > 0 && (
          <Link to={tabLink(run.id, "environment", { only: "differing" })}>
            {formatCount(packages.length, "package")}
          </Link>
        )}
      </p>
    </>
  );
}

/** The value before and after, one of which may be missing. */
export function Pair({ before, after }: { before: Cell; after: Cell }) {
  return (
    <span class="run-pair">
      <del>{before === undefined ? "none" : shown(before)}</del>
      <span aria-hidden="true"> → </span>
      <ins>{after === undefined ? "none" : shown(after)}</ins>
    </span>
  );
}

function shown(value: Cell): string {
  return value === null ? "None" : value === "" ? '""' : formatCell(value);
}
