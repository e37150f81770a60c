/** The palette: every page, run, experiment, view and action by typing (Ctrl-K). */

import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { listExperiments } from "@/api/experiments";
import { readFirst } from "@/api/runs";
import { isFile } from "@/api/source";
import { listViews, queryOf } from "@/api/views";
import { commands } from "@/parts/commands";
import { Dialog } from "@/parts/dialog";
import { formatAge } from "@/parts/format";
import { useLoad } from "@/parts/load";
import { go, linkTo } from "@/parts/location";

export const isPaletteOpen = signal(false);

interface Entry {
  readonly title: string;
  readonly note: string;
  readonly act: () => void;
}

const MOST = 8;
const toPage = (title: string, ...path: string[]): Entry => ({
  title,
  note: "page",
  act: () => go(linkTo(path)),
});
const PAGES = [toPage("Runs", "runs"), toPage("Compare", "compare"), toPage("Models", "models")];

/** Return the entries whose title has all words of a text. */
export function matching<T extends { readonly title: string }>(
  all: readonly T[],
  text: string,
): T[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter((one) => words.every((word) => one.title.toLowerCase().includes(word)));
}

async function findRuns(text: string, signal: AbortSignal): Promise<Entry[]> {
  if (!text.trim()) return [];
  const pattern = JSON.stringify(`%${text.trim()}%`);
  const where = `name ilike ${pattern} or id like ${pattern}`;
  const search = { where, sort: "-started", experiments: null, lifecycle: "active" as const };
  const found = await readFirst(search, [], MOST, signal);
  return found.rows.map((run) => ({
    title: run.name || run.id,
    note: `run · ${formatAge(run.started)}`,
    act: () => go(linkTo(["runs", run.id])),
  }));
}

async function listOthers(): Promise<Entry[]> {
  const [experiments, views] = await Promise.all([listExperiments(), listViews("runs")]);
  return [
    ...views.map((view) => ({
      title: view.name,
      note: "view",
      act: () => go(linkTo(["runs"], queryOf(view.state))),
    })),
    ...experiments.map(({ experiment }) => ({
      title: experiment.name,
      note: "experiment",
      act: () => go(linkTo(["runs"], { experiments: experiment.id })),
    })),
  ];
}

/** The palette, while it is open. */
export function Palette() {
  if (!isPaletteOpen.value) return null;
  const close = (): void => {
    isPaletteOpen.value = false;
  };
  return (
    <Dialog title="Go to" onClose={close}>
      <Finder close={close} />
    </Dialog>
  );
}

function useEntries(text: string): Entry[] {
  const runs = useLoad((signal) => findRuns(text, signal), [text]);
  const others = useLoad(listOthers, []);
  const actions = commands.value.map((one) => ({ ...one, note: one.key ?? "action" }));
  const pages = PAGES.filter((one) => one.title !== "Models" || !isFile());
  const known = [...pages, ...actions, ...(others.value ?? [])];
  return [...matching(known, text).slice(0, MOST * 2), ...(runs.value ?? [])];
}

function Finder({ close }: { close: () => void }) {
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const entries = useEntries(text);
  useEffect(() => setActive(0), [text]);
  const take = (one: Entry | undefined): void => {
    if (!one) return;
    close();
    one.act();
  };
  const press = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setActive((active + step + entries.length) % Math.max(1, entries.length));
    else if (event.key === "Enter") take(entries[active]);
    else return;
    event.preventDefault();
  };
  return (
    <div class="palette" onKeyDown={press}>
      <input
        type="text"
        autofocus
        role="combobox"
        aria-label="Find pages, runs, experiments, views and actions"
        aria-expanded="true"
        aria-controls="palette-entries"
        placeholder="Find a page, run, experiment, view or action"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <Entries entries={entries} active={active} take={take} />
    </div>
  );
}

interface EntriesProps {
  readonly entries: readonly Entry[];
  readonly active: number;
  readonly take: (one: Entry) => void;
}

function Entries({ entries, active, take }: EntriesProps) {
  return (
    <ul id="palette-entries" role="listbox" aria-label="Found">
      {entries.map((one, at) => (
        <li
          key={`${one.note} ${one.title} ${at}`}
          role="option"
          aria-selected={at === active}
          onClick={() => take(one)}
        >
          <span>{one.title}</span>
          <small>{one.note}</small>
        </li>
      ))}
    </ul>
  );
}
