/** A value of a run in the table, beside that of the baseline. */

import { bestOf, fieldOf, finite, isLowerBetter, isSame, type Field } from "@/compare/fields";
import { data } from "@/compare/data";
import { state } from "@/compare/state";
import {
  formatCell,
  formatDuration,
  formatMoment,
  formatNumber,
  toNumber,
  type Cell,
} from "@/parts/format";

/** Return a value as text, in the form of its field. */
export function textOf(field: Field, value: Cell): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" && field.id === "started") return formatMoment(value).slice(0, 16);
  if (typeof value === "number" && field.id === "duration") return formatDuration(value);
  const number = field.family === "metrics" ? toNumber(value) : null;
  return number === null ? formatCell(value) : formatNumber(number);
}

/** Whether lower values of a metric are better. */
export function isLowBest(field: Field): boolean {
  const { id } = fieldOf(field.family, field.key); // the same for all of its summaries
  return isLowerBetter(field.key) !== state.value.reversed.includes(id);
}

const known = new Map<string, { version: string; best: number | null }>();

/** Return the best value of a metric among all runs. */
export function bestOfField(field: Field): number | null {
  if (field.family !== "metrics") return null;
  const isLow = isLowBest(field);
  const runs = data.runs.value;
  const ids = `${runs.length} ${runs[0]?.id} ${runs.at(-1)?.id}`;
  const version = `${ids} ${data.isRead(field)} ${isLow} ${data.turn.value}`;
  const held = known.get(field.id);
  if (held?.version === version) return held.best;
  if (known.size > 20_000) known.clear();
  const best = bestOf(data.values(field), isLow);
  known.set(field.id, { version, best });
  return best;
}

interface Props {
  readonly field: Field;
  readonly value: Cell;
  /** The value of the baseline; undefined if there is none, or this is it. */
  readonly base: Cell;
}

/** The value: bold where it is the best or differs, with the difference of numbers. */
export function Value({ field, value, base }: Props) {
  const text = textOf(field, value);
  if (value === null) return <span class="absent">–</span>;
  const best = bestOfField(field);
  const isBest = best !== null && finite(value) === best;
  const shown = isBest ? (
    <b class="best" title="The best of these runs">
      {text}
    </b>
  ) : (
    text
  );
  if (base === undefined || isSame(value, base)) return <>{shown}</>;
  const [one, other] = [finite(value), finite(base)];
  if (one === null || other === null || field.id === "started") {
    return <span class="differs">{shown}</span>;
  }
  return (
    <span class="with-delta">
      <small class="delta">{deltaOf(field, one - other)}</small>
      <span>{shown}</span>
    </span>
  );
}

function deltaOf(field: Field, delta: number): string {
  const size = Math.abs(delta);
  const text = field.id === "duration" ? formatDuration(size) : formatNumber(rounded(size));
  return `${delta > 0 ? "+" : "−"}${text}`;
}

/** Differences need fewer digits than values. */
function rounded(size: number): number {
  return Number(size.toPrecision(3));
}
