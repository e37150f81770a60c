// @vitest-environment node
import { describe, expect, test } from "vitest";
import { piecesOf, plainOf } from "@/parts/ansi_codes";

const ESC = "\u001b";

describe("piecesOf", () => {
  test("leaves a plain line as it is", () => {
    expect(piecesOf("loss 0.5")).toEqual([{ text: "loss 0.5", style: "" }]);
  });

  test("reads colours, and their end", () => {
    const found = piecesOf(`a ${ESC}[1;32mgo${ESC}[0m b`);
    expect(found.map((one) => [one.text, one.style])).toEqual([
      ["a ", ""],
      ["go", "ansi-bold ansi-2"],
      [" b", ""],
    ]);
  });

  test("reads bright, back and extended colours", () => {
    const found = piecesOf(`${ESC}[91;44ma${ESC}[38;5;196mb${ESC}[38;2;1;2;300mc`);
    expect(found[0]!.style).toBe("ansi-9 ansi-back-4");
    expect(found[1]!.color).toBe("rgb(255 0 0)");
    expect(found[2]!.color).toBe("rgb(1 2 255)");
  });

  test("leaves out what is no colour: moves, titles, broken codes", () => {
    expect(plainOf(`${ESC}[2Ka${ESC}[10;20Hb${ESC}]0;title\u0007c${ESC}[38;5mx`)).toBe("abcx");
    expect(piecesOf(`${ESC}[38;5mx`)[0]!.text).toBe("x");
  });
});
