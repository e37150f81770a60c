/** Choosing what runs are grouped by. */

import { useState } from "preact/hooks";
import { findKeys } from "@/api/runs";
import { quoteKey } from "@/runs/fields";
import { state, update } from "@/runs/state";
import { useLoad } from "@/parts/load";
import { MenuItem, Popover } from "@/parts/popover";

const ATTRIBUTES = ["status", "experiment", "user", "kind"];
const FAMILIES = ["params", "tags"] as const;
const MOST = 3;

/** The button and the panel. */
export function GroupPanel() {
  const { group } = state.value;
  return (
    <Popover label="Group" icon="group" badge={group.length || ""}>
      {() => <Chooser />}
    </Popover>
  );
}

function Chooser() {
  const [text, setText] = useState("");
  return (
    <div class="chooser">
      <input
        type="search"
        placeholder="Group by a parameter or tag"
        aria-label="Find fields to group by"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <div class="chooser-list">
        {FAMILIES.map((family) => (
          <Keys key={family} family={family} text={text} />
        ))}
        <h3>run</h3>
        {ATTRIBUTES.filter((id) => id.includes(text)).map((id) => (
          <Choice key={id} id={id} title={id} />
        ))}
      </div>
    </div>
  );
}

function Keys({ family, text }: { family: (typeof FAMILIES)[number]; text: string }) {
  const found = useLoad((signal) => findKeys(family, text, { limit: 30 }, signal), [family, text]);
  if (!found.value?.keys.length) return null;
  return (
    <>
      <h3>{family}</h3>
      {found.value.keys.map((key) => (
        <Choice key={key.name} id={`${family}.${quoteKey(key.name)}`} title={key.name} />
      ))}
    </>
  );
}

function Choice({ id, title }: { id: string; title: string }) {
  const { group } = state.value;
  const isChosen = group.includes(id);
  const next = isChosen ? group.filter((one) => one !== id) : [...group, id].slice(-MOST);
  return (
    <MenuItem checked={isChosen} onSelect={() => update({ group: next })}>
      <span class="key">{title}</span>
    </MenuItem>
  );
}
