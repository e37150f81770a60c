/** Choosing columns among thousands of keys, by typing. */

import { useState } from "preact/hooks";
import { findKeys, type Family } from "@/api/runs";
import type { RunKey } from "@/api/types";
import { ATTRIBUTES, quoteKey } from "@/runs/fields";
import { shownColumns } from "@/runs/list";
import { state, update } from "@/runs/state";
import { formatCount, formatNumber } from "@/parts/format";
import { useLoad } from "@/parts/load";
import { MenuItem, Popover } from "@/parts/popover";
import { Problem, Skeleton } from "@/parts/problem";

const FAMILIES: readonly Family[] = ["metrics", "params", "tags"];

/** The button, and the panel with a search for keys. */
export function ColumnsPanel() {
  return (
    <Popover label="Columns" icon="columns">
      {() => <Chooser />}
    </Popover>
  );
}

function Chooser() {
  const [text, setText] = useState("");
  const attributes = Object.keys(ATTRIBUTES).filter((one) => one.includes(text.toLowerCase()));
  return (
    <div class="chooser">
      <input
        type="search"
        placeholder="Find metrics, params, tags"
        aria-label="Find columns"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <div class="chooser-list">
        {FAMILIES.map((family) => (
          <Keys key={family} family={family} text={text} />
        ))}
        {attributes.length > 0 && <h3>run</h3>}
        {attributes.map((id) => (
          <Choice key={id} id={id} title={ATTRIBUTES[id]!} note="" />
        ))}
      </div>
      {state.value.columns && (
        <footer>
          <button type="button" class="button" onClick={() => update({ columns: [] })}>
            Choose columns for me
          </button>
        </footer>
      )}
    </div>
  );
}

function Keys({ family, text }: { family: Family; text: string }) {
  const experiments = state.value.experiments;
  const found = useLoad(
    (signal) => findKeys(family, text, { limit: 40, experiments }, signal),
    [family, text, experiments.join()],
  );
  if (found.error) return <Problem error={found.error} />;
  if (!found.value) return <Skeleton />;
  if (!found.value.keys.length) return null;
  const more = found.value.total - found.value.keys.length;
  return (
    <>
      <h3>{family}</h3>
      {found.value.keys.map((key) => (
        <Choice
          key={key.name}
          id={`${family}.${quoteKey(key.name)}`}
          title={key.name}
          note={describe(key)}
        />
      ))}
      {more > 0 && <p class="muted">{formatCount(more, "more key")}: type to find them</p>}
    </>
  );
}

function describe(key: RunKey): string {
  const range =
    key.min === null || key.max === null
      ? ""
      : key.min === key.max
        ? `${formatNumber(key.min)} · `
        : `${formatNumber(key.min)} … ${formatNumber(key.max)} · `;
  return range + formatCount(key.count, "run");
}

/** Return the columns with a new one: beside the attributes, where it is in sight. */
function added(shown: readonly string[], id: string): string[] {
  const at = shown.findIndex((one) => !Object.hasOwn(ATTRIBUTES, one));
  return at < 0 ? [...shown, id] : [...shown.slice(0, at), id, ...shown.slice(at)];
}

function Choice({ id, title, note }: { id: string; title: string; note: string }) {
  const shown = shownColumns.value;
  const isShown = shown.includes(id);
  const toggle = (): void =>
    update({ columns: isShown ? shown.filter((one) => one !== id) : added(shown, id) });
  return (
    <MenuItem checked={isShown} onSelect={toggle}>
      <span class="key">{title}</span>
      <small>{note}</small>
    </MenuItem>
  );
}
