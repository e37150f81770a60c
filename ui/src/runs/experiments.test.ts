import { expect, test } from "vitest";
import { idsOf, treeOf } from "./experiments";

const of = (id: string, name: string) => ({
  experiment: { id, name, deleted: null, tags: {} },
  runs: 1,
  newest: null,
});

test("names with slashes are paths, and an experiment can be a folder, too", () => {
  const tree = treeOf([of("1", "vision"), of("2", "vision/resnet"), of("3", "nlp/bert/base")]);
  expect([...tree.children.keys()]).toEqual(["vision", "nlp"]);
  expect(idsOf(tree.children.get("vision")!)).toEqual(["1", "2"]);
  expect(tree.children.get("nlp")!.summary).toBeNull();
  expect(tree.children.get("nlp")!.children.get("bert")!.children.get("base")!.path).toBe(
    "nlp/bert/base",
  );
});
