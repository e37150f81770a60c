import { expect, test } from "vitest";
import { keysOf, pictureAt, picturesOf, stepsOf } from "@/compare/media";

const items = [10, 0, 20].map((step) => ({ step, path: `media/a/${step}.png` }));
const file = (path: string) => ({ path, digest: "", size: 1, time: 0 });

test("images are those logged at steps, and other image files", () => {
  const found = picturesOf(
    [
      { key: "a", kind: "image", items },
      { key: "voice", kind: "audio", items: [{ step: 0, path: "media/voice/0.wav" }] },
    ],
    [file("figures/roc.png"), file("media/a/0.png"), file("model.pkl")],
  );
  expect(keysOf([found])).toEqual(["a", "figures/roc.png"]);
  expect(stepsOf([found])).toEqual([0, 10, 20]);
});

test("the image at a step is the last one until then", () => {
  const list = picturesOf([{ key: "a", kind: "image", items }], []).get("a");
  expect(pictureAt(list, 15)?.step).toBe(10);
  expect(pictureAt(list, 20)?.step).toBe(20);
  expect(pictureAt(list, -1)).toBeUndefined();
  expect(pictureAt([{ path: "x.png", step: null }], 0)?.path).toBe("x.png");
});
