// @vitest-environment node
import { expect, test } from "vitest";
import { readTar } from "@/run/code/tar";

const encoder = new TextEncoder();

function entry(name: string, content: string, kind = "0"): Uint8Array {
  const body = encoder.encode(content);
  const bytes = new Uint8Array(512 + Math.ceil(body.length / 512) * 512);
  bytes.set(encoder.encode(name.slice(0, 100)));
  bytes.set(encoder.encode(body.length.toString(8).padStart(11, "0")), 124);
  bytes.set(encoder.encode(kind), 156);
  bytes.set(encoder.encode("ustar"), 257);
  bytes.set(body, 512);
  return bytes;
}

function archive(...entries: Uint8Array[]): Uint8Array {
  return new Uint8Array([...entries, new Uint8Array(1024)].flatMap((one) => [...one]));
}

test("reads files, and long names in extended headers", () => {
  const long = `${"x".repeat(150)}/ä.py`;
  const record = ` path=${long}\n`;
  const length = encoder.encode(record).length + 3;
  const bytes = archive(
    entry("a.py", "print(1)"),
    entry("folder/", "", "5"),
    entry("pax", `${length}${record}`, "x"),
    entry("short", "b"),
  );
  const found = readTar(bytes).map((one) => [one.path, new TextDecoder().decode(one.content)]);
  expect(found).toEqual([
    ["a.py", "print(1)"],
    [long, "b"],
  ]);
});

test("stops where the bytes end", () => {
  expect(readTar(archive(entry("a", "x")).subarray(0, 300))).toEqual([]);
});
