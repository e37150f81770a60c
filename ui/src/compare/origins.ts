/** The lines of the table of origins: differences first in each section. */

import type { Details } from "@/api/compare";
import { codeOf, configurationOf, dataOf, environmentOf, type Facts } from "@/compare/facts";
import type { KeyChoice } from "@/compare/rows";

/** A line: the head of a section, or a name with a value for each run. */
export interface OriginLine {
  /** The title of a section; empty for another line. */
  readonly section: string;
  readonly note: string;
  readonly name: string;
  readonly values: readonly unknown[];
}

const READERS: Readonly<Record<string, (details: Details) => Facts>> = {
  code: (details) => {
    const { branch = "", remote = "" } = details.snapshots.git ?? {};
    const others = Object.entries({ branch, remote, command: details.run.command });
    return new Map([...codeOf(details), ...others.filter(([, value]) => value)]);
  },
  configuration: (details) => configurationOf(details),
  data: dataOf,
  environment: environmentOf,
};

/** Return the lines of some runs. */
export function originsOf(runs: readonly Details[], choice: KeyChoice): OriginLine[] {
  const words = choice.find.toLowerCase().split(/\s+/).filter(Boolean);
  return Object.entries(READERS).flatMap(([section, read]) => {
    const facts = runs.map(read);
    const names = [...new Set(facts.flatMap((one) => [...one.keys()]))];
    const lines = names
      .filter((name) => words.every((word) => name.toLowerCase().includes(word)))
      .map((name) => ({ section: "", note: "", name, values: facts.map((one) => one.get(name)) }));
    const differing = lines.filter((line) => line.values.some((one) => one !== line.values[0]));
    const same = lines.filter((line) => !differing.includes(line));
    const shown = choice.isOnlyDifferent ? differing : [...differing, ...same];
    if (!lines.length) return [];
    const note = `${differing.length} differ, ${same.length} the same`;
    return [{ section, note, name: "", values: [] }, ...shown];
  });
}
