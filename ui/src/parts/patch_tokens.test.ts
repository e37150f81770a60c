// @vitest-environment node
import { expect, test } from "vitest";
import { filesOf } from "@/parts/patch";
import { tokensOf } from "@/parts/patch_tokens";

test("colours the lines before and after a change each by what is open there", () => {
  const [file] = filesOf(`diff --git a/a.py b/a.py
--- a/a.py
+++ b/a.py
@@ -1,3 +1,3 @@
 """A text
-ends here"""
+goes on"""
 import x
`);
  const kinds = tokensOf(file!, 100).map((line) => line.map((one) => one.kind));
  expect(kinds[2]).toEqual(["string"]);
  expect(kinds[3]).toEqual(["string"]);
  expect(kinds[4]![0]).toBe("keyword");
});
