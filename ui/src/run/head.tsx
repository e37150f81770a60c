/** The head of the page of a run: what it is, and what can be done with it. */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { type Git, snapshotsOf } from "@/api/run";
import type { RunDetails, RunRecord } from "@/api/types";
import { CopyButton } from "@/parts/copy";
import { Editable } from "@/parts/editable";
import { formatAge, formatDuration, formatMoment } from "@/parts/format";
import { Link } from "@/parts/link";
import { linkTo } from "@/parts/location";
import { me } from "@/parts/session";
import { Status } from "@/parts/status";
import { rename } from "@/run/change";
import { Commands } from "@/run/commands";
import { Family } from "@/run/family";
import { RunMenu } from "@/run/menu";
import { shortId } from "@/run/short";
import { tabLink } from "@/run/tabs";
import type { OpenRun } from "@/run/use_run";

/** The name of a run, the facts about it, and its actions. */
export function Head({ opened, details }: { opened: OpenRun; details: RunDetails }) {
  const { run } = details;
  return (
    <header class="run-head">
      <div class="run-title">
        <Link to={linkTo(["runs"], { experiments: run.experiment_id })} class="crumb">
          {run.experiment}
        </Link>
        <span class="muted">/</span>
        <h1>
          <Editable
            value={run.name}
            label="name of the run"
            placeholder={shortId(run.id)}
            canEdit={me.value?.may_edit ?? false}
            onSave={(name) => rename(opened, run, name)}
          />
        </h1>
        {run.deleted !== null && <span class="badge bad">deleted</span>}
        <span class="space" />
        <Commands run={run} />
        {me.value?.may_edit && <RunMenu opened={opened} run={run} />}
      </div>
      <Facts details={details} />
    </header>
  );
}

function Facts({ details }: { details: RunDetails }) {
  const { run } = details;
  return (
    <dl class="run-facts">
      <Fact name="Status">
        <Status status={run.status} />
      </Fact>
      <Fact name="Started" title={formatMoment(run.started)}>
        {formatAge(run.started)}
      </Fact>
      <Fact name="Duration">
        <Duration run={run} />
      </Fact>
      {run.user && <Fact name="By">{run.user}</Fact>}
      <Fact name="Id">
        <code title={run.id}>{shortId(run.id)}</code>
        <CopyButton text={run.id} label="Copy the id" />
      </Fact>
      <Commit run={run} git={snapshotsOf(details).git} />
      <Family run={run} />
      {run.command && <CommandFact command={run.command} />}
    </dl>
  );
}

interface FactProps {
  readonly name: string;
  readonly title?: string;
  readonly class?: string;
  readonly children: ComponentChildren;
}

/** A fact about a run, with its name above it. */
export function Fact({ name, title, children, ...rest }: FactProps) {
  return (
    <div title={title} {...rest}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function CommandFact({ command }: { command: string }) {
  return (
    <Fact name="Command" class="wide" title={command}>
      <code class="cut">{command}</code>
      <CopyButton text={command} label="Copy the command" />
    </Fact>
  );
}

/** The duration of a run, which ticks while it runs. */
export function Duration({ run }: { run: Pick<RunRecord, "started" | "ended" | "status"> }) {
  const isRunning = run.ended === null && run.status === "running";
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (!isRunning) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [isRunning]);
  const end = run.ended ?? (isRunning ? Math.max(now / 1000, run.started) : null);
  return <>{end === null ? "–" : formatDuration(end - run.started)}</>;
}

/** The commit of the code, and whether it was changed since. */
function Commit({ run, git }: { run: RunRecord; git: Git | null | undefined }) {
  if (!git?.commit) return null;
  return (
    <Fact name="Code" title={git.branch && `Branch ${git.branch}`}>
      <Link to={tabLink(run.id, "code")}>
        <code>{git.commit.slice(0, 8)}</code>
      </Link>
      <span class={git.dirty ? "badge warn" : "muted"}>{git.dirty ? "changed" : "clean"}</span>
    </Fact>
  );
}
