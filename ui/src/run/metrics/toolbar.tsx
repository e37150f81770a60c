/** What is above all charts: search, and the settings for all of them. */

import { Button } from "@/parts/button";
import { change, location } from "@/parts/location";
import { formatNumber as number } from "@/parts/format";
import { Popover } from "@/parts/popover";
import { SavedViews } from "@/parts/saved_views";
import { turn } from "@/run/metrics/actions";
import { AxisField, LogField, SmoothField } from "@/run/metrics/fields";
import { openView, viewOf } from "@/run/metrics/keeping";
import { matcher, patternOf, sectionsOf } from "@/run/metrics/sections";
import type { TabState } from "@/run/metrics/state";
import type { Shown } from "@/run/metrics/tab";

interface Props {
  readonly shown: Shown;
  readonly state: TabState;
}

/** The row of fields, which stays in sight. */
export function Toolbar({ shown, state }: Props) {
  const found = state.find ? shown.keys.filter(matcher(state.find)).length : shown.keys.length;
  return (
    <div class="metrics-bar">
      <input
        type="search"
        class="metrics-find"
        placeholder="Search metrics"
        aria-label="Search metrics"
        value={state.find}
        onInput={(event) => change({ find: event.currentTarget.value }, { replace: true })}
      />
      <span class="muted" role="status">
        {found === shown.keys.length
          ? number(found)
          : `${number(found)} of ${number(shown.keys.length)}`}
      </span>
      <Looks look={state.look} />
      {state.look === "charts" && (
        <>
          <ForAll shown={shown} state={state} />
          <span class="space" />
          <Sections shown={shown} state={state} />
          <SavedViews
            page="run"
            experiment={shown.run.experiment_id}
            state={() => viewOf(location.value.query)}
            onOpen={(one) => openView(one)}
          />
        </>
      )}
    </div>
  );
}

function ForAll({ shown, state }: Props) {
  return (
    <>
      <AxisField
        value={state.x}
        all={shown.keys}
        onChange={(x) => change({ x: x === "step" ? "" : x })}
      />
      <LogField value={state.log} onChange={(log) => change({ log })} />
      <SmoothField
        value={state.smooth}
        onChange={(smooth) => change({ smooth }, { replace: true })}
      />
    </>
  );
}

function Looks({ look }: { look: TabState["look"] }) {
  return (
    <div class="segments" role="group" aria-label="Look">
      <button
        type="button"
        aria-pressed={look === "charts"}
        onClick={() => change({ look: undefined })}
      >
        Charts
      </button>
      <button
        type="button"
        aria-pressed={look === "table"}
        onClick={() => change({ look: "table" })}
      >
        Table
      </button>
    </div>
  );
}

/** How metrics are put into sections, and all of them opened or folded. */
function Sections({ shown, state }: Props) {
  const { by, turned, panels, find } = state;
  const names = (isOpen: boolean): string[] =>
    sectionsOf(shown.keys, panels, { find, by })
      .filter((one) => (!one.isSystem !== turned.has(one.name)) !== isOpen)
      .map((one) => one.name);
  const kind = by === "first" || by === "folder" ? by : "pattern";
  const choose = (event: Event): void => {
    const next = (event.currentTarget as HTMLSelectElement).value;
    change({ by: next === "first" ? "" : next === "pattern" ? "[^/]+$" : next, turned: "" });
  };
  return (
    <Popover label="Sections" icon="group">
      {() => (
        <div class="panel-settings">
          <label class="field">
            <span>By</span>
            <select value={kind} onChange={choose}>
              <option value="first">First part of the name</option>
              <option value="folder">Name up to the last /</option>
              <option value="pattern">Regular expression</option>
            </select>
          </label>
          {kind === "pattern" && <PatternField by={by} />}
          <div class="segments">
            <Button onClick={() => turn(names(true))}>Open all</Button>
            <Button onClick={() => turn(names(false))}>Fold all</Button>
          </div>
        </div>
      )}
    </Popover>
  );
}

function PatternField({ by }: { by: string }) {
  const read = (event: Event): void => {
    const text = (event.currentTarget as HTMLInputElement).value;
    if (text && patternOf(text)) change({ by: text, turned: "" });
  };
  return (
    <label class="field">
      <span class="hidden">Regular expression</span>
      <input type="text" class="pattern" defaultValue={by} onChange={read} spellcheck={false} />
      <small class="muted">Its first group, or what it finds, is the section.</small>
    </label>
  );
}
