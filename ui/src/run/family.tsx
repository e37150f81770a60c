/** The runs that a run belongs to: its parent, its children, and those that it repeats. */

import { readFirst } from "@/api/runs";
import type { RunRecord, RunRow } from "@/api/types";
import { formatCount } from "@/parts/format";
import { Link } from "@/parts/link";
import { useLoad } from "@/parts/load";
import { MenuItem, Popover } from "@/parts/popover";
import { go, linkTo } from "@/parts/location";
import { Fact } from "@/run/head";
import { shortId } from "@/run/short";

const MOST = 100;

/** Find runs by a search, without their values. */
export async function findRuns(where: string, signal: AbortSignal): Promise<RunRow[]> {
  const search = { where, sort: "-started", experiments: null, lifecycle: "all" as const };
  return (await readFirst(search, [], MOST, signal)).rows;
}

/** Links to the parent, the children and the runs that the tags name. */
export function Family({ run }: { run: RunRecord }) {
  const children = useLoad((signal) => findRuns(`parent = "${run.id}"`, signal), [run.id]);
  const resumed = run.tags["treadle.resumes"];
  const repeated = run.tags["treadle.reproduces"];
  return (
    <>
      {run.parent && <RunFact name="Parent" id={run.parent} />}
      {children.value?.length ? <Children id={run.id} runs={children.value} /> : null}
      {resumed && <RunFact name="Resumes" id={resumed} />}
      {repeated && <RunFact name="Reproduces" id={repeated} />}
    </>
  );
}

function RunFact({ name, id }: { name: string; id: string }) {
  const found = useLoad((signal) => findRuns(`id = "${id}"`, signal), [id]);
  return (
    <Fact name={name}>
      <Link to={linkTo(["runs", id])}>{found.value?.[0]?.name || shortId(id)}</Link>
    </Fact>
  );
}

function Children({ id, runs }: { id: string; runs: readonly RunRow[] }) {
  const count =
    runs.length < MOST ? formatCount(runs.length, "child", "children") : "100+ children";
  return (
    <Fact name="Children">
      <Popover label={count}>
        {(close) => (
          <div class="run-list">
            {runs.map((run) => (
              <MenuItem key={run.id} onSelect={() => (close(), go(linkTo(["runs", run.id])))}>
                <i class={`dot ${run.status}`} title={run.status} />
                <span class="key">{run.name || shortId(run.id)}</span>
                <small>{run.status}</small>
              </MenuItem>
            ))}
            <hr />
            <MenuItem onSelect={() => go(linkTo(["runs"], { where: `parent = "${id}"` }))}>
              Show them in the table of runs
            </MenuItem>
          </div>
        )}
      </Popover>
    </Fact>
  );
}
