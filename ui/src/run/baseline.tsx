/** The run that a run is compared with: the one in the address, else the one before it. */

import { readFirst } from "@/api/runs";
import { readRun } from "@/api/run";
import type { RunDetails, RunRecord, RunRow } from "@/api/types";
import { Button } from "@/parts/button";
import { formatAge } from "@/parts/format";
import { Link } from "@/parts/link";
import { useLoad } from "@/parts/load";
import { change, go, linkTo, location } from "@/parts/location";
import { shortId } from "@/run/short";

/** The run to compare with, once it is read. */
export interface Baseline {
  readonly other: RunDetails | undefined;
  /** Whether the address names it. */
  readonly isChosen: boolean;
  readonly isLoading: boolean;
  readonly error: unknown;
}

const held = new Map<string, Promise<RunDetails>>();
const MOST = 3;

/** Read a run that others are compared with, once for all tabs. */
function readHeld(id: string): Promise<RunDetails> {
  const found = held.get(id) ?? readRun(id);
  held.delete(id);
  held.set(id, found);
  found.catch(() => held.delete(id));
  if (held.size > MOST) held.delete([...held.keys()][0]!);
  return found;
}

async function readOther(
  run: RunRecord,
  chosen: string,
  signal: AbortSignal,
): Promise<RunDetails | undefined> {
  if (chosen) return readHeld(chosen);
  const [before] = await earlier(run, 1, signal);
  return before && readHeld(before.id);
}

/** Find the runs of the same experiment that started earlier, newest first. */
async function earlier(run: RunRecord, limit: number, signal: AbortSignal): Promise<RunRow[]> {
  const search = {
    where: `started < ${run.started}${run.parent ? ` and parent = "${run.parent}"` : ""}`,
    sort: "-started",
    experiments: [run.experiment_id],
    lifecycle: "active" as const,
  };
  return (await readFirst(search, [], limit, signal)).rows;
}

/** Load the run to compare with. */
export function useBaseline(run: RunRecord): Baseline {
  const chosen = location.value.query.get("baseline") ?? "";
  const loaded = useLoad((signal) => readOther(run, chosen, signal), [run.id, chosen]);
  const { value, isLoading, error } = loaded;
  return { other: value, isChosen: chosen !== "", isLoading, error };
}

/** A field to choose the run to compare with, and a link to it. */
export function BaselinePicker({ run, baseline }: { run: RunRecord; baseline: Baseline }) {
  const found = useLoad((signal) => earlier(run, 50, signal), [run.id]);
  const rows = found.value ?? [];
  const chosen = location.value.query.get("baseline") ?? "";
  const { other } = baseline;
  if (!rows.length && !chosen) return null;
  const isListed = !chosen || rows.some((row) => row.id === chosen);
  return (
    <span class="baseline">
      <label>
        <span class="muted">compared with</span>{" "}
        <select
          aria-label="Run to compare with"
          value={chosen}
          onChange={(event) => change({ baseline: event.currentTarget.value })}
        >
          <option value="">the run before it</option>
          {!isListed && <option value={chosen}>{other?.run.name || shortId(chosen)}</option>}
          {rows.map((row) => (
            <option key={row.id} value={row.id}>
              {`${row.name || "run"} · ${shortId(row.id)} · ${formatAge(row.started)}`}
            </option>
          ))}
        </select>
      </label>
      {other && (
        <>
          <Link to={linkTo(["runs", other.run.id])} title={other.run.name}>
            <code>{shortId(other.run.id)}</code>
          </Link>
          <Button
            icon="compare"
            label="Compare both closely"
            onClick={() => go(linkTo(["compare"], { runs: `${other.run.id},${run.id}` }))}
          />
        </>
      )}
    </span>
  );
}
