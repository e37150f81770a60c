/** Answers of the API by the records of the file, in place of a server. */

import { ApiError } from "@/api/client";
import type { Source } from "@/api/source";
import type { ExperimentSummary, Me, Outline } from "@/api/types";
import { addressOfBytes, bytesOf } from "@/single/contents";
import { logOf } from "@/single/log";
import type { Exported, ExportedRun } from "@/single/records";
import { keysOf, orderOf, tableOf } from "@/single/tables";

type Body = Parameters<typeof tableOf>[1] & {
  readonly series?: readonly { readonly run: string; readonly key: string }[];
  readonly first?: number;
  readonly last?: number;
};
type Answer = (query: URLSearchParams, body: Body, path: string) => unknown;

const PREFIX = "/api/v1/";
const FILES = new Set(["run/download", "run/show"]);

/** Answer by records as the server would by its store. */
export function answerBy(records: Exported): Source {
  const answers = answersOf(records);
  return {
    made: records.made,
    answer: async (address, options) => {
      const path = pathOf(address);
      try {
        const body = JSON.parse(typeof options.body === "string" ? options.body : "{}") as Body;
        const find = answers[path] ?? (path.startsWith("runs/") ? answers["run"] : undefined);
        if (!find) throw missing("This is not in an exported page.");
        const found = find(address.searchParams, body, path);
        return found instanceof Uint8Array
          ? new Response(found as Uint8Array<ArrayBuffer>)
          : Response.json(found);
      } catch (error) {
        return refusal(error);
      }
    },
    locate: (address) => {
      const path = pathOf(address);
      if (!FILES.has(path)) return undefined;
      const run = runOf(records, address.searchParams.get("run") ?? "");
      return addressOfBytes(run, address.searchParams.get("path") ?? "", path === "run/show");
    },
  };
}

function pathOf(address: URL): string {
  return address.pathname.slice(address.pathname.indexOf(PREFIX) + PREFIX.length);
}

function missing(message: string): ApiError {
  return new ApiError(
    404,
    "DataNotFoundError",
    message,
    "Look where the runs are kept: treadle ui.",
  );
}

function refusal(error: unknown): Response {
  if (!(error instanceof ApiError)) throw error;
  const { kind, message, hint, status } = error;
  return Response.json({ error: kind, message, hint }, { status });
}

function answersOf(records: Exported): Record<string, Answer> {
  const { runs } = records;
  const named = (query: URLSearchParams): ExportedRun => runOf(records, query.get("run") ?? "");
  return {
    me: () => meOf(records),
    views: () => [],
    models: () => ({ models: [], next: "" }),
    experiments: () => experimentsOf(runs),
    keys: (query) => keysOf(runs, query),
    "runs/table": (_, body) => tableOf(runs, body),
    "runs/order": (_, body) => orderOf(runs, body),
    run: (query, _, path) => {
      const id = decodeURIComponent(path.split("/")[1] ?? query.get("run") ?? "");
      return runOf(records, id).details;
    },
    "run/log": (query) => logOf(named(query).log, query),
    "run/media": (query) => named(query).media,
    "run/points": (query) => outlineOf(named(query), query.get("key") ?? "", {}),
    "series/outlines": (_, body) =>
      (body.series ?? []).map((one) => outlineOf(runOf(records, one.run), one.key, body)),
    "run/artifact": (query) => blockOf(named(query), query),
  };
}

function runOf(records: Exported, id: string): ExportedRun {
  const found = records.runs.find(({ details: { run } }) => run.id === id || run.name === id);
  if (found) return found;
  const [kind, hint] = ["RunNotFoundError", "Look where the runs are kept: treadle ui."];
  throw new ApiError(404, kind, `The run ${id} is not in this page.`, hint);
}

function meOf({ version }: Exported): Me {
  const nobody = { name: "", role: "viewer", is_known: false, may_edit: false } as const;
  return { ...nobody, version, store: "sqlite", has_sign_out: false };
}

function experimentsOf(runs: readonly ExportedRun[]): ExperimentSummary[] {
  const all = runs.map(({ details }) => details.run);
  return [...new Set(all.map((run) => run.experiment_id))].map((id) => {
    const own = all.filter((run) => run.experiment_id === id);
    const starts = own.map((run) => run.started);
    const [created, newest] = [Math.min(...starts), Math.max(...starts)];
    const name = own[0]!.experiment;
    const base = { id, name, created, updated: newest, deleted: null };
    const experiment = { ...base, artifact_location: "", tags: {} };
    return { experiment, runs: own.length, newest };
  });
}

function outlineOf(
  run: ExportedRun,
  key: string,
  { first = -Infinity, last = Infinity }: { first?: number; last?: number },
): Outline {
  const found = run.outlines.find((one) => one.key === key);
  const name = { run: run.details.run.id, key };
  if (!found) return { ...name, steps: [], times: [], values: [] };
  const isIn = (_: unknown, at: number): boolean =>
    found.steps[at]! >= first && found.steps[at]! <= last;
  return {
    ...name,
    steps: found.steps.filter(isIn),
    times: found.times.filter(isIn),
    values: found.values.filter(isIn),
  };
}

function blockOf(run: ExportedRun, query: URLSearchParams): Uint8Array {
  const path = query.get("path") ?? "";
  const bytes = bytesOf(run, path);
  if (!bytes) throw missing(`${path} is not in this page, which has the smaller files only.`);
  return bytes.slice(Number(query.get("begin") ?? 0), Number(query.get("end") ?? bytes.length));
}
