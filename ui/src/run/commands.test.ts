import { expect, test } from "vitest";
import type { RunRecord } from "@/api/types";
import { commandsOf } from "@/run/commands";

function run(change: Partial<RunRecord>): RunRecord {
  return {
    id: "0123456789abcdef",
    kind: "pipeline",
    status: "finished",
    experiment: "demo",
    ...change,
  } as RunRecord;
}

const texts = (...of: Parameters<typeof commandsOf>): string[] =>
  commandsOf(...of).map((line) => line.text);

test("offers to resume what failed, and to reproduce what can be", () => {
  expect(texts(run({ status: "failed" }), "overview", "")).toContain("treadle resume 89abcdef");
  expect(texts(run({}), "overview", "")).not.toContain("treadle resume 89abcdef");
  expect(texts(run({ kind: "python" }), "overview", "").join()).not.toContain("reproduce");
});

test("begins with what the tab shows", () => {
  expect(texts(run({}), "output", "")[0]).toBe("treadle runs logs 89abcdef");
  expect(texts(run({}), "code", "fedcba9876543210")[0]).toBe(
    "treadle diff 76543210 89abcdef --only code",
  );
});

test("quotes names for the search and for the shell", () => {
  const hostile = run({ experiment: `it's "$(rm)"` });
  expect(texts(hostile, "overview", "").at(-1)).toBe(
    `treadle runs --where "experiment = 'it\\\\'s \\"\\$(rm)\\"'"`,
  );
});
