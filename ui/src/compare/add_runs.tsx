/** Adding runs to a comparison: a search by name, and the list of those that are compared. */

import { useRef, useState } from "preact/hooks";
import { readFirst, type Search } from "@/api/runs";
import type { RunRow } from "@/api/types";
import { removeRun, setRuns, toggleBaseline } from "@/compare/chosen";
import { ColorMenu } from "@/compare/color_menu";
import { titleOf } from "@/compare/colors";
import { data } from "@/compare/data";
import { MOST_RUNS, state } from "@/compare/state";
import { Button } from "@/parts/button";
import { formatAge, formatCount } from "@/parts/format";
import { useLoad } from "@/parts/load";
import { MenuItem, Popover } from "@/parts/popover";
import { Problem, Skeleton } from "@/parts/problem";
import { px } from "@/table/px";
import { useVirtual } from "@/table/virtual";

const FOUND = 30;
const GRAMMAR = /[=<>]| like | in |^not /;

/** The button with the number of runs, and the panel that it opens. */
export function AddRuns() {
  const count = data.runs.value.length;
  return (
    <Popover label="Runs" icon="plus" badge={count || ""}>
      {() => <Panel />}
    </Popover>
  );
}

function Panel() {
  const [text, setText] = useState("");
  return (
    <div class="chooser add-runs">
      <input
        type="search"
        placeholder="Add runs: a name, or metrics.loss < 0.1"
        aria-label="Find runs to add"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <Found text={text} />
      {!text && <Compared />}
    </div>
  );
}

/** Return the search that a text stands for: itself, or runs whose name contains it. */
export function searchOf(text: string): string {
  const trimmed = text.trim();
  if (!trimmed || GRAMMAR.test(trimmed)) return trimmed;
  const pattern = JSON.stringify(`%${trimmed}%`);
  return `name ilike ${pattern} or id like ${pattern}`;
}

function Found({ text }: { text: string }) {
  const search: Search = {
    where: searchOf(text),
    sort: "-started",
    experiments: null,
    lifecycle: "active",
  };
  const found = useLoad((signal) => readFirst(search, [], FOUND, signal), [text]);
  const here = new Set(data.runs.value.map((run) => run.id));
  if (found.error) return <Problem error={found.error} />;
  if (!found.value) return <Skeleton />;
  const others = found.value.rows.filter((run) => !here.has(run.id));
  const add = (runs: readonly RunRow[]): void =>
    setRuns([...data.runs.value, ...runs].map((run) => run.id).slice(0, MOST_RUNS));
  return (
    <div class="chooser-list">
      <h3>{text ? "found" : "newest"}</h3>
      {others.slice(0, text ? FOUND : 6).map((run) => (
        <MenuItem key={run.id} onSelect={() => add([run])}>
          <span class="key">{titleOf(run)}</span>
          <small>
            {run.experiment} · {formatAge(run.started)}
          </small>
        </MenuItem>
      ))}
      {!others.length && <p class="muted">No other runs.</p>}
      {text && others.length > 1 && (
        <MenuItem onSelect={() => add(others)}>
          Add all {formatCount(others.length, "run")} of this list
        </MenuItem>
      )}
    </div>
  );
}

const LINE = 28;

/** The compared runs; only the lines in sight are drawn. */
function Compared() {
  const runs = data.runs.value;
  const scroller = useRef<HTMLDivElement>(null);
  const lines = useVirtual({ scroller, count: runs.length, size: () => LINE, overscan: 6 });
  if (!runs.length) return null;
  return (
    <>
      <h3>compared</h3>
      <div class="chooser-list" ref={scroller}>
        <div class="lines" style={{ height: px(lines.total) }}>
          {lines.items.map((item) => {
            const run = runs[item.index];
            return run && <Line key={run.id} run={run} top={item.start} />;
          })}
        </div>
      </div>
      <footer>
        <Button onClick={() => setRuns([])}>Remove all</Button>
      </footer>
    </>
  );
}

function Line({ run, top }: { run: RunRow; top: number }) {
  const isBaseline = state.value.baseline === run.id;
  const title = titleOf(run);
  return (
    <div class="compared-line" style={{ top: px(top) }}>
      <ColorMenu run={run} />
      <span class="key">{title}</span>
      <Button
        icon="pin"
        label={`Compare all with ${title}`}
        aria-pressed={isBaseline}
        onClick={() => toggleBaseline(run.id)}
      />
      <Button icon="close" label={`Remove ${title}`} onClick={() => removeRun(run.id)} />
    </div>
  );
}
