/** Why a run failed. */

import type { RunDetails, ErrorRecord } from "@/api/types";
import { CopyButton } from "@/parts/copy";
import { Link } from "@/parts/link";
import { tabLink } from "@/run/tabs";
import { Traceback } from "@/run/traceback";

/** The error of a run, with the node that it came from. */
export function Failure({ details }: { details: RunDetails }) {
  const { run, nodes } = details;
  const own = run.error!;
  const node = nodes.find((one) => one.error !== null);
  const error = node?.error ?? own;
  const traceback = error.traceback || own.traceback;
  return (
    <section class="failure" aria-label="Error">
      <p>
        <b>{error.kind}</b> <span class="failure-text">{error.message}</span>
      </p>
      {error !== own && <p class="failure-more">{hintOf(own)}</p>}
      <p class="failure-links">
        {node && (
          <span>
            in node <Link to={tabLink(run.id, "nodes", { node: node.node })}>{node.node}</Link>
          </span>
        )}
        <Link to={tabLink(run.id, "output", { at: "error" })}>Show it in the output</Link>
        <CopyButton text={traceback || error.message} label="Copy the error" />
      </p>
      {traceback && <Traceback text={traceback} />}
    </section>
  );
}

/** Return what the error of a pipeline says beyond that of its node: where, and how to go on. */
function hintOf(error: ErrorRecord): string {
  return error.message.split("\n").slice(1).join("\n");
}
