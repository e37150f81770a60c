/** What the record of a run says about its code, configuration, environment and data. */

import type { Details } from "@/api/compare";
import type { DatasetUseRecord } from "@/api/types";

/** Values by name. */
export type Facts = ReadonlyMap<string, unknown>;

/** Yield the leaves of a tree by their paths; empty ones are left out, as `treadle diff` does. */
export function* flatten(tree: unknown, path = ""): Generator<[string, unknown]> {
  if (typeof tree === "object" && tree !== null && !Array.isArray(tree)) {
    for (const [name, value] of Object.entries(tree)) {
      yield* flatten(value, path ? `${path}.${name}` : name);
    }
    return;
  }
  const isEmpty = tree === "" || tree === null || (Array.isArray(tree) && !tree.length);
  if (!isEmpty) yield [path, Array.isArray(tree) ? tree.join(", ") : tree];
}

/** Return what a run was asked to do, its catalog, and the parameters that no node has read. */
export function configurationOf(details: Details, others: readonly Details[] = []): Facts {
  const { config } = details.snapshots;
  if (!config) return new Map();
  const request = { ...config.request, params: null };
  const facts = new Map(flatten({ request, catalog: config.catalog, seed: config.seed }));
  const read = new Set([details, ...others].flatMap((one) => Object.keys(one.run.params)));
  for (const [name, value] of flatten(config.parameters)) {
    if (!read.has(name)) facts.set(`parameters.${name}`, value);
  }
  return facts;
}

const PATCH = "code/changes.patch";
const FILES = "code/untracked.tar";

/** Return the commit of a run, and digests of what was not committed. */
export function codeOf(details: Details): Facts {
  const facts = new Map<string, unknown>();
  const { git } = details.snapshots;
  if (git?.commit) facts.set("commit", git.commit);
  const digestOf = (path: string): string | undefined =>
    details.artifacts.find((one) => one.path === path)?.digest;
  const [patch, files] = [digestOf(PATCH), digestOf(FILES)];
  if (patch) facts.set("uncommitted changes", shortDigest(patch));
  if (files) facts.set("files in no commit", shortDigest(files));
  return facts;
}

/** Whether the record of a run has anything in a section; without, it cannot be compared. */
export function isRecorded(details: Details, section: string): boolean {
  const { config, environment, git } = details.snapshots;
  if (section === "configuration") return config !== undefined;
  if (section === "environment") return environment !== undefined;
  return section !== "code" || git !== undefined;
}

/** Return the Python, the machine and the packages of a run. */
export function environmentOf(details: Details): Facts {
  const { environment } = details.snapshots;
  if (!environment) return new Map();
  const { implementation = "", python = "", packages, sources } = environment;
  return new Map<string, unknown>([
    ["python", `${implementation} ${python}`.trim()],
    ["platform", environment.platform],
    ["machine", environment.machine],
    ["processors", environment.processors],
    ["hash seed", environment.hash_seed],
    ...Object.entries(packages ?? {}),
    ...Object.entries(sources ?? {}).map(([name, from]) => [`${name} from`, from] as const),
  ]);
}

/** Return the name of a dataset without its way of being read, as in `trips@pandas`. */
export function baseName(name: string): string {
  return name.split("@")[0]!;
}

/** Return the content of each dataset: what a run only read, and then what it wrote. */
export function dataOf(details: Details): Facts {
  const made = details.datasets.filter((use) => use.role !== "read");
  const bases = new Set(made.map((use) => baseName(use.dataset)));
  const read = details.datasets.filter(
    (use) => use.role === "read" && !bases.has(baseName(use.dataset)),
  );
  const contentOf = (use: DatasetUseRecord): string => shortDigest(use.digest || use.version);
  return new Map([
    ...byName(read.map((use) => [`${use.dataset} (input)`, contentOf(use)])),
    ...byName(details.inputs.map((one) => [`${one.name} (input)`, shortDigest(one.digest)])),
    ...byName(made.map((use) => [`${use.dataset} (output)`, contentOf(use)])),
  ]);
}

function byName(pairs: [string, string][]): [string, string][] {
  return pairs.sort(([one], [other]) => (one < other ? -1 : 1));
}

/** Return the start of a digest. */
export function shortDigest(digest: string): string {
  return digest.replace(/^blake3:/, "").slice(0, 12);
}

/** Return a value as a person reads it. */
export function textOfFact(value: unknown): string {
  return value === undefined || value === null || value === "" ? "none" : String(value);
}
