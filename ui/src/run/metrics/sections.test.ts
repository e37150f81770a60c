// @vitest-environment node
import { describe, expect, it } from "vitest";
import { addedPanel, mergedPanels, movedPanel, withMetrics } from "@/run/metrics/arrange";
import { columnsOf, inSight, rowsOf } from "@/run/metrics/rows";
import { sectionsOf, type Panel, type Section } from "@/run/metrics/sections";
import { formatPanels, readState, withSettings, type Panels } from "@/run/metrics/state";
import { titleOf } from "@/run/metrics/titles";

const KEYS = [
  "acc",
  "system/cpu",
  "train/a/loss",
  "train/b/loss",
  "val/loss",
  "val/top10",
  "val/top2",
];
const FIRST = { find: "", by: "first" };

const names = (sections: readonly Section[]): string[] => sections.map((one) => one.name);
const idsOf = (section: Section): string[] => section.panels.map((one) => one.id);
const find = (panels: Panels, id: string): Panel =>
  sectionsOf(KEYS, panels, FIRST)
    .flatMap((one) => one.panels)
    .find((one) => one.id === id)!;

describe("sections", () => {
  it("are the first part of the name, the plain first and the system's last", () => {
    const sections = sectionsOf(KEYS, {}, FIRST);
    expect(names(sections)).toEqual(["metrics", "train", "val", "system"]);
    expect(idsOf(sections[2]!)).toEqual(["val/loss", "val/top2", "val/top10"]);
  });

  it("are folders, or what a regular expression finds", () => {
    expect(names(sectionsOf(KEYS, {}, { find: "", by: "folder" }))).toContain("train/a");
    const byEnd = sectionsOf(KEYS, {}, { find: "", by: "(loss|top\\d+)$" });
    expect(names(byEnd)).toEqual(["loss", "others", "top2", "top10"]);
    expect(names(sectionsOf(KEYS, {}, { find: "", by: "(" }))).toEqual(["metrics"]);
  });

  it("hold what has all words of a search", () => {
    const found = sectionsOf(KEYS, {}, { find: "LOSS tra", by: "first" });
    expect(found.flatMap(idsOf)).toEqual(["train/a/loss", "train/b/loss"]);
  });

  it("are fast with 12,000 metrics", () => {
    const many = Array.from({ length: 12_000 }, (_, at) => `block${at % 200}/layer${at}/norm`);
    const start = performance.now();
    const rows = rowsOf(
      sectionsOf(many, {}, FIRST),
      3,
      () => true,
      () => false,
    );
    expect(rows.length).toBe(200 + 200 * 20);
    expect(inSight(rows, 100_000, 101_000).length).toBeLessThan(10);
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

describe("panels", () => {
  it("of several metrics replace those of each", () => {
    const panels = mergedPanels({}, find({}, "train/b/loss"), find({}, "train/a/loss"));
    expect(panels).toEqual({ "~1": { keys: ["train/a/loss", "train/b/loss"] } });
    expect(idsOf(sectionsOf(KEYS, panels, FIRST)[1]!)).toEqual(["~1"]);
    const three = mergedPanels(panels, find(panels, "val/loss"), find(panels, "~1"));
    expect(names(sectionsOf(KEYS, three, FIRST))).toEqual(["panels", "metrics", "val", "system"]);
    const two = withMetrics(three, find(three, "~1"), ["val/loss"]);
    expect(sectionsOf(KEYS, two, FIRST).flatMap(idsOf).sort()).toEqual([...KEYS].sort());
  });

  it("are in one place only", () => {
    const first = addedPanel({}, ["train/a/loss", "train/b/loss", "val/loss"]);
    const second = addedPanel(first, ["val/loss", "val/top2"]);
    expect(second["~1"]!.keys).toEqual(["train/a/loss", "train/b/loss"]);
    expect(second["~2"]!.keys).toEqual(["val/loss", "val/top2"]);
  });

  it("keep the order that they were moved to", () => {
    let panels: Panels = {};
    const section = (): Section => sectionsOf(KEYS, panels, FIRST)[2]!;
    panels = movedPanel(panels, section().panels, "val/top10", "val/loss", false);
    expect(idsOf(section())).toEqual(["val/top10", "val/loss", "val/top2"]);
    panels = movedPanel(panels, section().panels, "val/loss", "val/top2", true);
    expect(idsOf(section())).toEqual(["val/top10", "val/top2", "val/loss"]);
    panels = movedPanel(panels, section().panels, "val/top10", "val/loss", true);
    expect(idsOf(section())).toEqual(["val/top2", "val/loss", "val/top10"]);
  });

  it("have titles that say what the heading does not", () => {
    expect(titleOf(["train/a/loss", "train/b/loss"], "train")).toBe("a/loss, b/loss");
    expect(titleOf(["val/loss"], "panels")).toBe("val/loss");
  });
});

describe("rows", () => {
  it("fill the width, and hold wide panels", () => {
    const panels = withSettings({}, "val/top2", { size: 3 });
    const sections = sectionsOf(KEYS, panels, FIRST);
    const rows = rowsOf(
      sections,
      3,
      (one) => !one.isSystem,
      (one) => one.id === "acc",
    );
    expect(rows.map((one) => one.kind)).toEqual(
      "heading values heading charts heading charts charts charts heading".split(" "),
    );
    for (const [at, row] of rows.entries()) {
      if (at) expect(row.top).toBe(rows[at - 1]!.top + rows[at - 1]!.height);
    }
    expect([columnsOf(0), columnsOf(380), columnsOf(1400)]).toEqual([1, 1, 3]);
  });
});

describe("the address", () => {
  it("holds the panels, and survives what is not valid", () => {
    const panels: Panels = { "~1": { keys: ["a", "b"], size: 2, log: "y" }, plain: {} };
    const query = new URLSearchParams({ panels: formatPanels(panels), turned: "a%2Cb,c" });
    const state = readState(query);
    expect(state.panels).toEqual({ "~1": panels["~1"] });
    expect([...state.turned]).toEqual(["a,b", "c"]);
    expect([...readState(new URLSearchParams({ turned: "%E0%A4,b" })).turned].length).toBe(2);
    for (const text of ["{", "[]", "null", '{"a":null}', '{"a":{"size":9,"keys":[1],"x":2}}']) {
      const read = readState(new URLSearchParams({ panels: text })).panels;
      expect(Object.values(read).every((one) => one.size === undefined && !one.x)).toBe(true);
    }
  });
});
