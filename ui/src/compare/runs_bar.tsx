/** The compared runs above all tabs: their colours, the baseline, and which there are. */

import type { RunRow } from "@/api/types";
import { AddRuns } from "@/compare/add_runs";
import { removeRun, toggleBaseline } from "@/compare/chosen";
import { ColorMenu } from "@/compare/color_menu";
import { titleOf } from "@/compare/colors";
import { data } from "@/compare/data";
import { state } from "@/compare/state";
import { Button } from "@/parts/button";
import { formatCount } from "@/parts/format";
import { Link } from "@/parts/link";
import { linkTo } from "@/parts/location";

const SHOWN = 24;

/** The bar. */
export function RunsBar() {
  const runs = data.runs.value;
  return (
    <div class="compared">
      <AddRuns />
      <OfSearch />
      <div class="chips" role="list" aria-label="Compared runs">
        {runs.slice(0, SHOWN).map((run) => (
          <Chip key={run.id} run={run} />
        ))}
        {runs.length > SHOWN && (
          <span class="muted">and {formatCount(runs.length - SHOWN, "more run")}</span>
        )}
      </div>
    </div>
  );
}

/** The search that the runs are found by, and the way to the table of all of them. */
function OfSearch() {
  const { runs, where, experiments } = state.value;
  if (runs.length || !where) return null;
  return (
    <Link
      to={linkTo(["runs"], { where, experiments: experiments.join(", ") })}
      class="of-search"
      title={`All runs with ${where}`}
    >
      <code>{where}</code>
    </Link>
  );
}

function Chip({ run }: { run: RunRow }) {
  const isBaseline = state.value.baseline === run.id;
  const title = titleOf(run);
  return (
    <span class={isBaseline ? "chip pinned" : "chip"} role="listitem">
      <ColorMenu run={run} />
      <Link to={linkTo(["runs", run.id])} title={`${title} · ${run.status} · ${run.experiment}`}>
        {title}
      </Link>
      <Button
        icon="pin"
        label={isBaseline ? `${title} is the baseline` : `Compare all with ${title}`}
        aria-pressed={isBaseline}
        onClick={() => toggleBaseline(run.id)}
      />
      <Button icon="close" label={`Remove ${title}`} onClick={() => removeRun(run.id)} />
    </span>
  );
}
