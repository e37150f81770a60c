/** The experiments as a tree of folders: names with `/` are paths. */

import { computed, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { changeExperiment, listExperiments, type ExperimentSummary } from "@/api/experiments";
import { list } from "@/runs/list";
import { state, update } from "@/runs/state";
import { Button } from "@/parts/button";
import { Icon } from "@/parts/icon";
import { readKept, writeKept } from "@/parts/kept";
import { me } from "@/parts/session";
import { notify, notifyError } from "@/parts/toast";

export const experiments = signal<readonly ExperimentSummary[]>([]);

/** Read the list of experiments. */
export async function loadExperiments(): Promise<void> {
  try {
    experiments.value = await listExperiments();
  } catch (error) {
    notifyError(error);
  }
}

/** A folder, an experiment, or both. */
export interface Branch {
  readonly name: string;
  readonly path: string;
  /** The experiment with exactly this path, if there is one. */
  summary: ExperimentSummary | null;
  readonly children: Map<string, Branch>;
}

/** Arrange experiments by the parts of their names. */
export function treeOf(all: readonly ExperimentSummary[]): Branch {
  const root: Branch = { name: "", path: "", summary: null, children: new Map() };
  for (const summary of all) {
    let at = root;
    for (const part of summary.experiment.name.split("/")) {
      const path = at.path ? `${at.path}/${part}` : part;
      if (!at.children.has(part)) {
        at.children.set(part, { name: part, path, summary: null, children: new Map() });
      }
      at = at.children.get(part)!;
    }
    at.summary = summary;
  }
  return root;
}

/** Return the ids of the experiments in a branch. */
export function idsOf(branch: Branch): string[] {
  const below = [...branch.children.values()].flatMap(idsOf);
  return branch.summary ? [branch.summary.experiment.id, ...below] : below;
}

const closed = signal<ReadonlySet<string>>(new Set(readKept<string[]>("closed", [])));
const NARROW = 720; // pixels of a window, in which the tree would cover the table
const isShown = signal(readKept("experiments", window.innerWidth > NARROW));
const filter = signal("");

const tree = computed(() => {
  const text = filter.value.toLowerCase();
  const matches = experiments.value.filter(
    (one) =>
      (one.experiment.deleted === null || state.value.lifecycle !== "active") &&
      one.experiment.name.toLowerCase().includes(text),
  );
  return treeOf(matches);
});

function toggleShown(): void {
  isShown.value = !isShown.value;
  writeKept("experiments", isShown.value);
}

/** The tree at the side. */
export function ExperimentTree() {
  const isRead = !list.data.isLoading.value || state.value.group.length > 0;
  const isFirst = !isRead && !experiments.value.length;
  useEffect(() => {
    if (!isFirst) void loadExperiments();
  }, [isFirst]);
  if (!isShown.value) {
    return (
      <aside class="side closed">
        <Button icon="folder" label="Show experiments" onClick={toggleShown} />
      </aside>
    );
  }
  return (
    <aside class="side" aria-label="Experiments">
      <header>
        <h2>Experiments</h2>
        <Button icon="close" label="Hide experiments" onClick={toggleShown} />
      </header>
      {experiments.value.length > 8 && (
        <input
          type="search"
          placeholder="Find"
          aria-label="Find experiments"
          value={filter.value}
          onInput={(event) => (filter.value = event.currentTarget.value)}
        />
      )}
      <ul role="tree" aria-label="Experiments">
        <li role="treeitem" aria-selected={!state.value.experiments.length}>
          <button type="button" class="branch" onClick={() => update({ experiments: [] })}>
            All runs
          </button>
        </li>
        <Branches of={tree.value} />
      </ul>
    </aside>
  );
}

function Branches({ of }: { of: Branch }) {
  const branches = [...of.children.values()].sort((a, b) => a.name.localeCompare(b.name));
  return (
    <>
      {branches.map((one) => (
        <BranchItem key={one.path} branch={one} />
      ))}
    </>
  );
}

function toggleBranch(path: string): void {
  const next = new Set(closed.value);
  if (!next.delete(path)) next.add(path);
  closed.value = next;
  writeKept("closed", [...next]);
}

function BranchItem({ branch }: { branch: Branch }) {
  const ids = idsOf(branch);
  const chosen = state.value.experiments;
  const isChosen = ids.length > 0 && ids.every((id) => chosen.includes(id));
  const isFolder = branch.children.size > 0;
  const isOpen = !closed.value.has(branch.path);
  const choose = (event: MouseEvent): void => {
    const others = chosen.filter((id) => !ids.includes(id));
    const isAdded = event.ctrlKey || event.metaKey;
    update({ experiments: isAdded ? (isChosen ? others : [...others, ...ids]) : ids });
  };
  return (
    <li role="treeitem" aria-selected={isChosen} aria-expanded={isFolder ? isOpen : undefined}>
      <span class="branch-line">
        <button
          type="button"
          class={isOpen ? "fold open" : "fold"}
          aria-label={isOpen ? "Close the folder" : "Open the folder"}
          hidden={!isFolder}
          onClick={() => toggleBranch(branch.path)}
        >
          ▸
        </button>
        <button type="button" class="branch" title={branch.path} onClick={choose}>
          {isFolder && !branch.summary && <Icon name="folder" />}
          {branch.name}
          <small>{branch.summary?.runs ?? ""}</small>
        </button>
        {branch.summary && me.value?.may_edit && <Rename summary={branch.summary} />}
      </span>
      {isFolder && isOpen && (
        <ul role="group">
          <Branches of={branch} />
        </ul>
      )}
    </li>
  );
}

function Rename({ summary }: { summary: ExperimentSummary }) {
  const { id, name } = summary.experiment;
  const rename = async (next: string, undo?: string): Promise<void> => {
    try {
      await changeExperiment(id, { name: next });
      await loadExperiments();
      if (undo) notify(`Renamed to ${next}`, () => void rename(undo));
    } catch (error) {
      notifyError(error);
    }
  };
  const ask = (): void => {
    const next = window.prompt("The name of the experiment (/ makes folders):", name);
    if (next?.trim() && next !== name) void rename(next.trim(), name);
  };
  if (id === "0") return null;
  return <Button icon="edit" label={`Rename ${name}`} onClick={ask} />;
}
