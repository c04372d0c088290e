import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pods } from "./resources.ts";
import { decodeEvents, MalformedEventError, splitLines } from "./watch-decoder.ts";

async function* chunked(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (let index = 0; start < bytes.length; index += 1) {
    const size = sizes.length === 0 ? bytes.length : (sizes[index % sizes.length] ?? 1);
    yield bytes.subarray(start, start + size);
    start += size;
  }
}

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, "utf8");
}

function line(type: string, name: string, note: string): string {
  return `${JSON.stringify({ type, object: { metadata: { name, namespace: "n", resourceVersion: "1" }, note } })}\n`;
}

describe("splitLines", () => {
  test("gives the same lines however the bytes are chunked", async () => {
    const content = fc.array(fc.string({ unit: "binary", maxLength: 30 }).map((text) => text.replaceAll("\n", "")));
    await fc.assert(
      fc.asyncProperty(content, fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 5 }), async (lines, sizes) => {
        const wellFormed = lines.map((text) => Buffer.from(text, "utf8").toString("utf8"));
        const bytes = bytesOf(wellFormed.map((text) => `${text}\n`).join(""));
        expect(await collect(splitLines(chunked(bytes, sizes)))).toEqual(wellFormed);
      }),
      { numRuns: 300 },
    );
  });

  test("drops a tail without newline: the connection broke inside a line", async () => {
    expect(await collect(splitLines(chunked(bytesOf("one\ntw"), [])))).toEqual(["one"]);
  });

  test("bytes that are no UTF-8 are malformed, not replaced", async () => {
    const bytes = Uint8Array.from([0x22, 0xff, 0x22, 0x0a]);
    await expect(collect(splitLines(chunked(bytes, [])))).rejects.toThrow(MalformedEventError);
  });
});

describe("decodeEvents", () => {
  test("pitfall 15: raw U+2028, U+2029, NEL and CR inside a string do not split an event", async () => {
    const note = "a\u2028b\u2029c\u0085d";
    const raw = line("ADDED", "p", note);
    expect(raw).toContain("\u2028");
    const events = await collect(decodeEvents(pods, chunked(bytesOf(raw + line("MODIFIED", "p", "x")), [7])));
    expect(events).toMatchObject([
      { type: "ADDED", object: { kind: "Pod", note } },
      { type: "MODIFIED", object: { note: "x" } },
    ]);
  });

  test("blank lines are skipped, also with a carriage return", async () => {
    expect(await collect(decodeEvents(pods, chunked(bytesOf(`\n\r\n${line("ADDED", "p", "")}\n`), [])))).toHaveLength(1);
  });

  test.each([
    ["no JSON", "{oops\n"],
    ["no event", '{"hello":1}\n'],
    ["an unknown type", '{"type":"EXPLODED","object":{"metadata":{"name":"a","resourceVersion":"1"}}}\n'],
    ["no object", '{"type":"ADDED","object":null}\n'],
    ["no resourceVersion", '{"type":"ADDED","object":{"metadata":{"name":"a"}}}\n'],
    ["no name", '{"type":"ADDED","object":{"metadata":{"resourceVersion":"1"}}}\n'],
  ])("pitfall 15: a line with %s is an error, never skipped", async (_what, text) => {
    await expect(collect(decodeEvents(pods, chunked(bytesOf(text), [])))).rejects.toThrow(MalformedEventError);
  });

  test("a bookmark needs no name, an ERROR passes as it is", async () => {
    const bookmark = '{"type":"BOOKMARK","object":{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"9"}}}\n';
    const error = '{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}\n';
    const events = await collect(decodeEvents(pods, chunked(bytesOf(bookmark + error), [])));
    expect(events).toMatchObject([
      { object: { metadata: { resourceVersion: "9" } } },
      { type: "ERROR", object: { kind: "Status", code: 410 } },
    ]);
  });
});
