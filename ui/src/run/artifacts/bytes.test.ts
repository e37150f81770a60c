import { describe, expect, it } from "vitest";
import { hexOf, looksLikeText } from "@/run/artifacts/hex";
import { kindOf } from "@/run/artifacts/kinds";
import { readHead, readValues, rowsOf } from "@/run/artifacts/npy";
import { textOf } from "@/run/artifacts/preview";
import { literal, pythonFor } from "@/run/artifacts/python";
import { centered, fitted, zoomed } from "@/run/artifacts/zoom";

function npy(head: string, values: ArrayBuffer): ArrayBuffer {
  const text = new TextEncoder().encode(head);
  const bytes = new Uint8Array(10 + text.length + values.byteLength);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length, 0]);
  bytes.set(text, 10);
  bytes.set(new Uint8Array(values), 10 + text.length);
  return bytes.buffer;
}

describe("readHead", () => {
  it("reads type, shape and order, and the values", () => {
    const values = new Float32Array([1, 2, 3, 4, 5, 6]).buffer;
    const bytes = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n", values);
    const head = readHead(bytes);
    expect(head).toMatchObject({ dtype: "<f4", shape: [2, 3], isFortran: false });
    expect(rowsOf(readValues(bytes, head)!, head)).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const turned = { ...head, isFortran: true };
    expect(rowsOf(readValues(bytes, turned)!, turned)).toEqual([
      [1, 3, 5],
      [2, 4, 6],
    ]);
  });

  it("refuses other files, and objects", () => {
    expect(() => readHead(new ArrayBuffer(4))).toThrow();
    const bytes = npy(
      "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n",
      new ArrayBuffer(8),
    );
    expect(readValues(bytes, readHead(bytes))).toBeNull();
  });

  it("is not misled by a shape that is not there", () => {
    const head = "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000, 1000), }\n";
    const bytes = npy(head, new Float64Array([1]).buffer);
    expect(readValues(bytes, readHead(bytes))).toHaveLength(1);
  });
});

describe("bytes", () => {
  it("are shown as hexadecimal", () => {
    expect(hexOf(new Uint8Array([0x41, 0, 0xff]))).toMatch(/^000000 {2}41 00 ff .*A··$/);
    expect(looksLikeText(new TextEncoder().encode("größe\n"))).toBe(true);
    expect(looksLikeText(new Uint8Array([0x80, 4, 0]))).toBe(false);
  });

  it("are texts of several encodings", () => {
    const bytes = (...all: number[]): ArrayBuffer => new Uint8Array(all).buffer;
    expect(textOf(bytes(0x67, 0xc3, 0xb6))).toBe("gö");
    expect(textOf(bytes(0x67, 0xf6))).toBe("gö");
    expect(textOf(bytes(0xff, 0xfe, 0x67, 0))).toBe("g");
  });

  it("have a kind by their name", () => {
    expect(kindOf("a/MLmodel")).toBe("model");
    expect(kindOf("A.PNG")).toBe("image");
    expect(kindOf("constructor")).toBe("bytes");
  });

  it("are loaded by code in which a name is only a text", () => {
    expect(literal('a"); import os #\u2028é')).toBe('"a\\"); import os #\\u2028\\u00e9"');
    expect(pythonFor("r", "x.npy")).toContain("numpy.load(file)");
    expect(pythonFor("r", "x.json")).toContain('treadle.load_artifact("r", "x.json")');
  });
});

describe("zoom", () => {
  const image = { width: 200, height: 100 };
  const frame = { width: 100, height: 100 };

  it("fits, centres, and keeps the point below the pointer", () => {
    expect(fitted(image, frame)).toEqual({ scale: 0.5, x: 0, y: 25 });
    expect(fitted({ width: 10, height: 10 }, frame).scale).toBe(1);
    const place = zoomed(centered(image, frame, 1), 2, 30, 40);
    expect((30 - place.x) / place.scale).toBe(30 + 50);
    expect(zoomed(place, 1e9, 0, 0).scale).toBe(64);
  });
});
