// @vitest-environment node
import { expect, test } from "vitest";
import { linesOf } from "@/run/traceback";

test("knows the lines of installed packages", () => {
  const found = linesOf(`Traceback (most recent call last):
  File "/x/site-packages/pandas/core.py", line 3, in f
    g()
  File "/home/me/model.py", line 68, in evaluate
    raise ValueError
ValueError: no
`);
  expect(found.map((one) => one.isForeign)).toEqual([false, true, true, false, false, false]);
});
