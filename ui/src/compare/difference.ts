/** What differs between two runs, from causes to effects, as `treadle diff` says it. */

import type { Details } from "@/api/compare";
import type { NodeRunRecord } from "@/api/types";
import { findCauses } from "@/compare/causes";
import {
  codeOf,
  configurationOf,
  dataOf,
  environmentOf,
  textOfFact,
  type Facts,
} from "@/compare/facts";
import { formatDuration, formatNumber, toNumber } from "@/parts/format";

/** The sections, in the order of `treadle diff`. */
export const SECTIONS = [
  "params",
  "configuration",
  "code",
  "environment",
  "data",
  "nodes",
  "metrics",
] as const;

export type Section = (typeof SECTIONS)[number];

/** A line of a section: a name, and its values in both runs. */
export interface Change {
  readonly name: string;
  readonly old: string;
  readonly new: string;
  /** How much a metric has changed, or why a node has. */
  readonly note: string;
}

export type Difference = Readonly<Record<Section, readonly Change[]>>;

/** Return the differences between two runs. */
export function differenceOf(old: Details, now: Details): Difference {
  const both = [old, now] as const;
  const params = both.map((one) => new Map<string, unknown>(Object.entries(one.run.params)));
  return {
    params: changesOf(params[0]!, params[1]!),
    configuration: changesOf(configurationOf(old, [now]), configurationOf(now, [old])),
    code: changesOf(codeOf(old), codeOf(now)),
    environment: changesOf(environmentOf(old), environmentOf(now)),
    data: changesOf(dataOf(old), dataOf(now)),
    nodes: nodesOf(old, now),
    metrics: metricsOf(old, now),
  };
}

function changesOf(old: Facts, now: Facts): Change[] {
  const names = new Set([...old.keys(), ...now.keys()]);
  return [...names].flatMap((name) => {
    const [was, is] = [old.get(name), now.get(name)];
    if (was === is) return [];
    return [{ name, old: textOfFact(was), new: textOfFact(is), note: "" }];
  });
}

function nodesOf(old: Details, now: Details): Change[] {
  const [before, after] = [old, now].map(
    (one) => new Map(one.nodes.map((node) => [node.node, node])),
  );
  const causes = findCauses(old, now);
  const names = new Set([...before!.keys(), ...after!.keys()]);
  const weight = (name: string): number =>
    Math.abs((secondsOf(after!.get(name)) ?? 0) - (secondsOf(before!.get(name)) ?? 0));
  return [...names]
    .sort((one, other) => weight(other) - weight(one))
    .flatMap((name) => {
      const [was, is] = [before!.get(name), after!.get(name)];
      if (was?.status === is?.status && secondsOf(was) === secondsOf(is)) return [];
      return [{ name, old: tookOf(was), new: tookOf(is), note: causes.get(name) ?? "" }];
    });
}

function secondsOf(node: NodeRunRecord | undefined): number | null {
  if (!node || node.ended === null || node.status === "reused") return null;
  return node.ended - node.started;
}

function tookOf(node: NodeRunRecord | undefined): string {
  if (!node) return "none";
  const seconds = secondsOf(node);
  const time = seconds === null ? "" : formatDuration(seconds);
  return node.status === "finished" ? time : `${node.status} ${time}`.trim();
}

function metricsOf(old: Details, now: Details): Change[] {
  const [before, after] = [old, now].map(
    (one) => new Map(one.metrics.map((metric) => [metric.key, toNumber(metric.last)])),
  );
  const names = [...new Set([...before!.keys(), ...after!.keys()])];
  const rows = names.flatMap((name) => {
    const [was, is] = [before!.get(name) ?? null, after!.get(name) ?? null];
    if (name.startsWith("system/") || Object.is(was, is)) return [];
    return [{ name, was, is }];
  });
  rows.sort((one, other) => weightOf(other) - weightOf(one));
  return rows.map(({ name, was, is }) => ({
    name,
    old: was === null ? "none" : formatNumber(was),
    new: is === null ? "none" : formatNumber(is),
    note: growthOf(was, is),
  }));
}

function weightOf({ was, is }: { was: number | null; is: number | null }): number {
  if (was === null || is === null || !Number.isFinite(was) || !Number.isFinite(is)) return Infinity;
  return Math.abs(is - was) / Math.max(Math.abs(was), Math.abs(is));
}

function growthOf(was: number | null, is: number | null): string {
  if (!was || is === null) return "";
  const percent = ((is - was) / Math.abs(was)) * 100;
  if (!Number.isFinite(percent)) return "";
  return `${percent < 0 ? "−" : "+"}${Math.abs(percent).toFixed(2)} %`;
}
