// @vitest-environment node
import { describe, expect, test } from "vitest";
import { filesOf } from "@/parts/patch";

const PATCH = `diff --git a/src/a.py b/src/a.py
index 1..2 100644
--- a/src/a.py
+++ b/src/a.py
@@ -1,3 +1,3 @@ def f():
 same
-old
+new
--- not a header
\\ No newline at end of file
diff --git a/old name.txt b/new name.txt
similarity index 100%
rename from old name.txt
rename to new name.txt
diff --git a/logo.png b/logo.png
new file mode 100644
GIT binary patch
literal 3
zcmZ
diff --git "a/\\303\\244.txt" "b/\\303\\244.txt"
new file mode 100644
--- /dev/null
+++ "b/\\303\\244.txt"
@@ -0,0 +1 @@
+x
`;

describe("filesOf", () => {
  const files = filesOf(PATCH);

  test("finds each file and what became of it", () => {
    expect(files.map((one) => [one.path, one.state])).toEqual([
      ["src/a.py", "changed"],
      ["new name.txt", "moved"],
      ["logo.png", "binary"],
      ["ä.txt", "added"],
    ]);
    expect(files[1]!.from).toBe("old name.txt");
  });

  test("counts lines, also those that look like headers", () => {
    expect([files[0]!.added, files[0]!.removed]).toEqual([1, 2]);
    const [, same, old, now] = files[0]!.lines;
    expect([same!.before, same!.after]).toEqual([1, 1]);
    expect([old!.before, old!.after]).toEqual([2, null]);
    expect([now!.before, now!.after]).toEqual([null, 2]);
  });

  test("is empty for an empty patch", () => {
    expect(filesOf("")).toEqual([]);
  });
});
