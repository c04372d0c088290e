import { TextDecoder } from "node:util";
import type { WatchEvent } from "./operations.ts";
import { isTree } from "../base/tree.ts";
import type { Resource } from "../base/object.ts";

/** A line of a watch that is no event: what came before may be incomplete, so the cache must be listed again. */
export class MalformedEventError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "MalformedEventError";
  }
}

const NEWLINE = 0x0a;
/** An object of etcd is at most 1.5 MB; a longer line is garbage. */
const LONGEST_LINE = 32 * 1024 * 1024;

/**
 * Splits a byte stream into lines at byte 0x0A only (never at U+2028 or a carriage return, which JSON strings may hold raw).
 * A tail without a newline is dropped: the connection broke inside it and the watch resumes before it.
 */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      pending.push(chunk.subarray(start, end));
      yield decode(decoder, pending);
      pending = [];
      pendingBytes = 0;
      start = end + 1;
    }
    if (start < chunk.length) {
      pending.push(chunk.subarray(start));
      pendingBytes += chunk.length - start;
    }
    if (pendingBytes > LONGEST_LINE) throw new MalformedEventError("a line of the watch is longer than 32 MiB");
  }
}

function decode(decoder: TextDecoder, parts: readonly Uint8Array[]): string {
  try {
    const [only] = parts;
    return decoder.decode(parts.length === 1 ? only : Buffer.concat(parts));
  } catch (cause) {
    throw new MalformedEventError("a line of the watch is not UTF-8", cause);
  }
}

const TYPES: ReadonlySet<string> = new Set(["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"]);

function isWatchEvent(value: unknown): value is WatchEvent {
  return isTree(value) && typeof value["type"] === "string" && TYPES.has(value["type"]) && isTree(value["object"]);
}

/** Parses one line; the object gets the resource's own apiVersion and kind, also when only metadata was asked for. */
function parseEvent(resource: Resource, line: string): WatchEvent {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new MalformedEventError("a line of the watch is not JSON", cause);
  }
  if (!isWatchEvent(value)) throw new MalformedEventError("a line of the watch is not an event");
  if (value.type === "ERROR") return value;
  const { metadata } = value.object;
  if (!isTree(metadata) || typeof metadata.resourceVersion !== "string") throw new MalformedEventError("an event without resourceVersion");
  if (value.type !== "BOOKMARK" && typeof metadata.name !== "string") throw new MalformedEventError("an event without a name");
  return { type: value.type, object: { ...value.object, apiVersion: resource.apiVersion, kind: resource.kind } };
}

/** The events of a watch's byte stream; blank lines are skipped. */
export async function* decodeEvents(resource: Resource, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<WatchEvent> {
  for await (const line of splitLines(chunks)) {
    if (line.trim() !== "") yield parseEvent(resource, line);
  }
}
