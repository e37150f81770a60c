import { describe, expect, it } from "vitest";
import { keeping } from "@/run/artifacts/parquet_buffer";

describe("keeping", () => {
  it("asks for a range once, and forgets the oldest", async () => {
    const asked: string[] = [];
    const buffer = keeping(
      {
        byteLength: 100,
        slice: (begin, end) => {
          asked.push(`${begin}-${end}`);
          return Promise.resolve(new ArrayBuffer(10));
        },
      },
      25,
    );
    for (const begin of [0, 0, 10, 20, 20, 0]) await buffer.slice(begin, begin + 10);
    expect(asked).toEqual(["0-10", "10-20", "20-30", "0-10"]);
  });
});
