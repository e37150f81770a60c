/** The first cell of a line in the table of keys. */

import { fieldOf, type Field } from "@/compare/fields";
import type { Line } from "@/compare/rows";
import { state, toggledIn, update } from "@/compare/state";
import { isLowBest } from "@/compare/value";

/** The name of a key, or the head of a family. */
export function KeyCell({ line }: { line: Line }) {
  if (line.kind === "runs") return <span class="muted">run</span>;
  if (line.kind === "family") {
    return (
      <span class="family">
        {line.family} <small>{line.note}</small>
      </span>
    );
  }
  const { field } = line;
  const split = field.key.lastIndexOf("/") + 1 || field.key.lastIndexOf(".") + 1;
  return (
    <span class="key-cell">
      <span class="key">
        <span class="muted">{field.key.slice(0, split)}</span>
        {field.key.slice(split)}
      </span>
      {field.family === "metrics" && <Direction field={field} />}
    </span>
  );
}

/** Whether lower or higher is better; a click changes it. */
export function Direction({ field }: { field: Field }) {
  const isLow = isLowBest(field);
  const turn = (event: MouseEvent): void => {
    event.stopPropagation();
    const { id } = fieldOf(field.family, field.key);
    update({ reversed: toggledIn(state.value.reversed, id) });
  };
  return (
    <button
      type="button"
      class="direction"
      aria-label={`${isLow ? "Lower" : "Higher"} is better; click to change`}
      title={`${isLow ? "Lower" : "Higher"} is better; click to change`}
      onClick={turn}
    >
      {isLow ? "↓" : "↑"}
    </button>
  );
}
