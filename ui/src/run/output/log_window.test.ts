// @vitest-environment node
import { beforeEach, expect, test, vi } from "vitest";
import type { LogAsk } from "@/api/log";
import * as log from "@/run/output/log_window";

const COUNT = 5_000;
const ALL = Array.from({ length: COUNT }, (_, at) => ({
  key: at * 2 + 1,
  time: at,
  level: at === 4_000 ? "ERROR" : "OUT",
  logger: "stdout",
  text: `line ${at}`,
}));

vi.mock("@/api/log", () => ({
  END: Number.MAX_SAFE_INTEGER,
  readLog: (ask: LogAsk) => {
    const matching = ALL.filter(
      (one) => (!ask.level || one.level === ask.level) && one.text.includes(ask.text ?? ""),
    );
    const { before, after = 0, limit = 1000 } = ask;
    const inside = matching.filter((one) => one.key > after && one.key < (before ?? Infinity));
    const lines = before === undefined ? inside.slice(0, limit) : inside.slice(-limit);
    return Promise.resolve({ lines, next: lines.at(-1)?.key ?? after, total: matching.length });
  },
}));

const NONE = { level: "", text: "" };
let signal: AbortSignal;
beforeEach(() => {
  signal = new AbortController().signal;
});

test("reads the start and the end", async () => {
  const start = await log.readStart("r", NONE, signal);
  expect([start.lines[0]!.text, start.hasBefore, start.hasAfter]).toEqual(["line 0", false, true]);
  const end = await log.readEnd("r", NONE, signal);
  expect([end.lines.at(-1)!.text, end.hasBefore, end.hasAfter]).toEqual(["line 4999", true, false]);
});

test("reads around a line, and on in both directions without gaps", async () => {
  let now = await log.readAround("r", NONE, ALL[2_500]!.key, signal);
  expect(now.lines).toHaveLength(1_000);
  now = await log.extendBack("r", NONE, now, signal);
  now = await log.extendOn("r", NONE, now, signal);
  expect(now.lines).toHaveLength(3_000);
  expect(now.lines.every((one, at) => at === 0 || one.key === now.lines[at - 1]!.key + 2)).toBe(
    true,
  );
});

test("is the same log while nothing comes", async () => {
  const end = await log.readEnd("r", NONE, signal);
  expect(await log.extendOn("r", NONE, end, signal)).toBe(end);
});

test("finds the error", async () => {
  expect(await log.findError("r", signal)).toBe(ALL[4_000]!.key);
});

test("reads a whole log as text", async () => {
  const counts: number[] = [];
  const blob = await log.readWhole(
    "r",
    (text) => text,
    (count) => counts.push(count),
  );
  const text = await blob.text();
  expect(text.split("\n")).toHaveLength(COUNT + 1);
  expect(counts).toEqual([COUNT]);
});
