/** The ways to see a file, such as a tree or its text; the chosen one is in the address. */

import { change, location } from "@/parts/location";

export interface Mode<Id extends string> {
  readonly id: Id;
  readonly title: string;
}

/** Return the chosen way; the first one if the address has no other. */
export function modeOf<Id extends string>(modes: readonly Mode<Id>[]): Id {
  const wanted = location.value.query.get("as");
  return (modes.find((one) => one.id === wanted) ?? modes[0]!).id;
}

/** Buttons for the ways to see a file; none where there is only one. */
export function Modes<Id extends string>({ modes }: { modes: readonly Mode<Id>[] }) {
  if (modes.length < 2) return null;
  const now = modeOf(modes);
  return (
    <span class="segments modes" role="group" aria-label="Show as">
      {modes.map((one, at) => (
        <button
          key={one.id}
          type="button"
          aria-pressed={one.id === now}
          onClick={() => change({ as: at ? one.id : "" })}
        >
          {one.title}
        </button>
      ))}
    </span>
  );
}
