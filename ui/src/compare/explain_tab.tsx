/** The tab for two runs: what explains that their results differ. */

import { useMemo, useState } from "preact/hooks";
import { readDetails } from "@/api/compare";
import type { RunRow } from "@/api/types";
import { colorOfRun, titleOf } from "@/compare/colors";
import { data } from "@/compare/data";
import { differenceOf, SECTIONS, type Change, type Section } from "@/compare/difference";
import { isRecorded } from "@/compare/facts";
import { state } from "@/compare/state";
import { Button } from "@/parts/button";
import { Command } from "@/parts/copy";
import { formatMoment } from "@/parts/format";
import { Link } from "@/parts/link";
import { useLoad } from "@/parts/load";
import { linkTo } from "@/parts/location";
import { Empty, Problem, Skeleton } from "@/parts/problem";
import { Status } from "@/parts/status";

/** Return the two runs: the baseline first, or the older one. */
export function pairOf(
  runs: readonly RunRow[],
  baseline: string,
): readonly [RunRow, RunRow] | null {
  const [one, other] = runs;
  if (runs.length !== 2 || !one || !other) return null;
  const isTurned = baseline ? other.id === baseline : other.started < one.started;
  return isTurned ? [other, one] : [one, other];
}

/** The tab. */
export function ExplainTab() {
  const pair = pairOf(data.runs.value, state.value.baseline);
  if (!pair) {
    return (
      <Empty title="This is for two runs">
        <p>Remove all but two runs, and it says what explains their difference.</p>
      </Empty>
    );
  }
  return <Pair key={pair.map((run) => run.id).join()} pair={pair} />;
}

function Pair({ pair }: { pair: readonly [RunRow, RunRow] }) {
  const ids = pair.map((run) => run.id);
  const found = useLoad(() => Promise.all(ids.map(readDetails)), [ids.join()]);
  const difference = useMemo(
    () => found.value && differenceOf(found.value[0]!, found.value[1]!),
    [found.value],
  );
  if (found.error) return <Problem error={found.error} />;
  if (!difference) return <Skeleton lines={8} />;
  const isKnown = (section: Section): boolean =>
    found.value!.every((details) => isRecorded(details, section));
  const alike = SECTIONS.filter((section) => !difference[section].length);
  const [same, unknown] = [alike.filter(isKnown), alike.filter((one) => !isKnown(one))];
  return (
    <div class="sheet explain">
      <dl class="pair">
        {pair.map((run, at) => (
          <RunHead key={run.id} run={run} letter={at ? "B" : "A"} />
        ))}
      </dl>
      <Command text={`treadle diff ${ids.join(" ")}`} />
      {SECTIONS.map((section) => (
        <Changes key={section} section={section} changes={difference[section]} ids={ids} />
      ))}
      {same.length > 0 && (
        <p class="the-same">
          <b>The same:</b> {same.join(", ")}.
        </p>
      )}
      {unknown.length > 0 && (
        <p class="the-same">
          <b>Not recorded:</b> {unknown.join(", ")}.
        </p>
      )}
    </div>
  );
}

function RunHead({ run, letter }: { run: RunRow; letter: string }) {
  return (
    <>
      <dt>{letter}</dt>
      <dd class="run-mark">
        <i style={{ background: colorOfRun(run.id) }} />
        <Link to={linkTo(["runs", run.id])}>{titleOf(run)}</Link>
        <Status status={run.status} />
        <span class="muted">{formatMoment(run.started)}</span>
      </dd>
    </>
  );
}

const FIRST = 20;
const NOTES: Partial<Record<Section, string>> = { metrics: "change", nodes: "what differs" };
const NAMES: Partial<Record<Section, string>> = { data: "dataset", nodes: "node" };

interface ChangesProps {
  readonly section: Section;
  readonly changes: readonly Change[];
  readonly ids: readonly string[];
}

function Changes({ section, changes, ids }: ChangesProps) {
  const [isWhole, setWhole] = useState(false);
  if (!changes.length) return null;
  const shown = isWhole ? changes : changes.slice(0, FIRST);
  const isNumber = section === "metrics" || section === "nodes";
  const note = changes.some((change) => change.note) ? NOTES[section] : undefined;
  return (
    <section aria-label={section}>
      <h2>
        {section} <small class="muted">{changes.length}</small>
      </h2>
      <table class={isNumber ? "facts pairs numbers" : "facts pairs"}>
        <thead>
          <tr>
            <th scope="col">{NAMES[section] ?? "name"}</th>
            <th scope="col">A</th>
            <th scope="col">B</th>
            {note && <th scope="col">{note}</th>}
          </tr>
        </thead>
        <tbody>
          {shown.map((change) => (
            <Line key={change.name} change={change} hasNote={note !== undefined} />
          ))}
        </tbody>
      </table>
      {shown.length < changes.length && (
        <Button onClick={() => setWhole(true)}>… and {changes.length - shown.length} more</Button>
      )}
      {section === "code" && (
        <p>
          The lines that differ: <Command text={`treadle diff ${ids.join(" ")} --only code`} />
        </p>
      )}
    </section>
  );
}

function Line({ change, hasNote }: { change: Change; hasNote: boolean }) {
  return (
    <tr>
      <th scope="row" title={change.name}>
        {change.name}
      </th>
      <td title={change.old}>{change.old}</td>
      <td title={change.new}>{change.new}</td>
      {hasNote && <td class="note">{change.note}</td>}
    </tr>
  );
}
