/** The code of a run: its commit, what was changed since, and how it was configured and started. */

import type { ComponentChildren } from "preact";
import { readArtifactText } from "@/api/artifact_text";
import { snapshotsOf, type Git } from "@/api/run";
import type { RunDetails } from "@/api/types";
import { Command, CopyButton } from "@/parts/copy";
import { Diff } from "@/parts/diff";
import { formatSize } from "@/parts/format";
import { JsonTree } from "@/parts/json_tree";
import { useLoad } from "@/parts/load";
import { Empty, Problem, Skeleton } from "@/parts/problem";
import { Files } from "@/run/code/files";
import { Section } from "@/run/section";
import { shortId } from "@/run/short";
import "@/run/code/code.css";

const PATCH = "code/changes.patch";
const FILES = "code/untracked.tar";
const LARGEST = 8 << 20;

/** The tab of code. */
export function CodeTab({ details }: { details: RunDetails }) {
  const { run, artifacts } = details;
  const patch = artifacts.find((one) => one.path === PATCH);
  const files = artifacts.find((one) => one.path === FILES);
  const { git, config } = snapshotsOf(details);
  if (!git && !patch && !files && !config && !run.command) {
    return (
      <Empty title="No code recorded">
        <p>Runs of Treadle&apos;s own client and of pipelines record theirs.</p>
      </Empty>
    );
  }
  return (
    <div class="reading">
      <Origin git={git} />
      {patch && (
        <Section title="Uncommitted changes">
          {patch.size > LARGEST && (
            <p class="notice">{`Of ${formatSize(patch.size)}, the first 8 MiB are shown.`}</p>
          )}
          <Patch run={run.id} digest={patch.digest} />
        </Section>
      )}
      {files && (
        <Section title={git?.commit ? "Untracked files" : "Files"}>
          <Files run={run.id} digest={files.digest} size={files.size} />
        </Section>
      )}
      <Start command={run.command} id={run.id} config={config} />
      {hasEntries(config) && (
        <Section title="Configuration">
          <JsonTree value={withoutRequest(config)} label="Configuration" depth={3} />
        </Section>
      )}
    </div>
  );
}

function Patch({ run, digest }: { run: string; digest: string }) {
  const text = useLoad((signal) => readArtifactText(run, PATCH, signal), [run, digest]);
  if (text.error) return <Problem error={text.error} />;
  return text.value === undefined ? <Skeleton lines={6} /> : <Diff patch={text.value} />;
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Where the code is from. */
function Origin({ git }: { git: Git | null | undefined }) {
  if (!git) return null;
  return (
    <Section title="Repository">
      <dl class="run-pairs">
        {git.commit ? (
          <Fact name="commit">
            <span>
              <code>{git.commit}</code>{" "}
              <span class={git.dirty ? "badge warn" : "muted"}>
                {git.dirty ? "changed since" : "clean"}
              </span>
            </span>
            <CopyButton text={git.commit} label="Copy the commit" />
          </Fact>
        ) : (
          <Fact name="commit">in no repository; the files are kept with the run</Fact>
        )}
        {git.branch && <Fact name="branch">{git.branch}</Fact>}
        {git.remote && <Fact name="remote">{git.remote}</Fact>}
        {git.root && <Fact name="folder">{`${git.root}/${git.folder ?? ""}`}</Fact>}
        {git.submodules?.map((one) => (
          <Fact key={one.path} name={`submodule ${one.path}`}>
            <code>{one.commit}</code>
          </Fact>
        ))}
      </dl>
      <Omitted git={git} />
    </Section>
  );
}

/** Which changes could not be kept. */
function Omitted({ git }: { git: Git }) {
  const omitted = git.omitted ?? [];
  if (!omitted.length) return null;
  return (
    <details class="notice">
      <summary>{`Not recorded: ${omitted.length + (git.omitted_more ?? 0)}`}</summary>
      <ul>
        {omitted.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </details>
  );
}

/** How the run was started, and what of. */
function Start({ command, id, config }: { command: string; id: string; config: unknown }) {
  const request = requestOf(config);
  if (!command && !request) return null;
  return (
    <Section title="Start">
      {command && <Command text={command} />}
      {request && (
        <div class="request">
          <JsonTree value={request} label="Request" depth={2} />
        </div>
      )}
      <p class="muted code-hint">
        To rebuild this code beside yours:{" "}
        <code>{`treadle reproduce ${shortId(id)} --dry-run`}</code>
      </p>
    </Section>
  );
}

type Document = Readonly<Record<string, unknown>>;

function isDocument(value: unknown): value is Document {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Return what was asked for, without what was left as it is. */
function requestOf(config: unknown): Document | null {
  const request = isDocument(config) ? config["request"] : null;
  if (!isDocument(request)) return null;
  const said = Object.entries(request).filter(([, value]) => !isBlank(value));
  return said.length ? Object.fromEntries(said) : null;
}

function isBlank(value: unknown): boolean {
  return typeof value === "object"
    ? value === null || !Object.keys(value).length
    : value === "" || value === false;
}

function withoutRequest(config: unknown): unknown {
  if (!isDocument(config)) return config;
  const rest = Object.entries(config).filter(
    ([key, value]) => key !== "request" && !isBlank(value),
  );
  return Object.fromEntries(rest);
}

function hasEntries(config: unknown): boolean {
  const rest = withoutRequest(config);
  return isDocument(rest) ? Object.keys(rest).length > 0 : rest !== undefined && rest !== null;
}
