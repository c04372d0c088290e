import { open, stat } from "node:fs/promises";
import { parseAuditLines, type AuditEvent } from "../../e2e/cluster/index.ts";

/** What a client asked of the API server within a time, but for the lists and watches of its caches. */
export interface Requests {
  /** All but events. */
  readonly total: number;
  /** Answered with 201: children. */
  readonly created: number;
  readonly statusWrites: number;
  /** Writes, but for events. */
  readonly writes: number;
  /** Events for users; lost ones are no loss. */
  readonly events: number;
  /** How often each kind of request was sent, the most frequent first. */
  readonly byKind: Readonly<Record<string, number>>;
  /** Milliseconds from the first request to the answer of the last create. */
  readonly createdMs: number;
}

const chunkBytes = 16 * 1024 * 1024;

/** Follows one client in the audit log. */
export class RequestLog {
  readonly #path: string;
  readonly #userAgent: string;
  #byte = 0;

  constructor(path: string, userAgent: string) {
    this.#path = path;
    this.#userAgent = userAgent;
  }

  /** Requests since the last call. */
  async take(): Promise<Requests> {
    return count(await this.#read());
  }

  /** Waits until the client has asked nothing for a while; requests until then are in the answer. */
  async takeUntilQuiet(quietMs = 5000): Promise<Requests> {
    const events: AuditEvent[] = [];
    let heardAt = Date.now();
    while (Date.now() - heardAt < quietMs) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      const more = await this.#read();
      if (more.length > 0) heardAt = Date.now();
      events.push(...more);
    }
    return count(events);
  }

  async #read(): Promise<readonly AuditEvent[]> {
    const found: AuditEvent[] = [];
    const { size } = await stat(this.#path);
    const file = await open(this.#path);
    try {
      while (this.#byte < size) {
        const buffer = Buffer.alloc(Math.min(chunkBytes, size - this.#byte));
        await file.read(buffer, 0, buffer.length, this.#byte);
        const end = buffer.lastIndexOf("\n") + 1;
        if (end === 0) break;
        // Most lines are of others; only ours are worth to be parsed.
        const lines = buffer.toString("utf8", 0, end).split("\n");
        const ours = lines.filter((line) => line.includes(`"userAgent":"${this.#userAgent}`)).join("\n");
        found.push(...parseAuditLines(Buffer.from(`${ours}\n`), 0).events);
        this.#byte += end;
      }
    } finally {
      await file.close();
    }
    const asked = found.filter(({ stage, verb }) => stage === "ResponseComplete" && verb !== "watch" && verb !== "list");
    return asked.filter(({ objectRef }) => objectRef?.resource !== "leases");
  }
}

function count(all: readonly AuditEvent[]): Requests {
  const asked = all.filter(({ objectRef }) => objectRef?.resource !== "events");
  const kinds = Map.groupBy(asked, kindOf);
  const created = asked.filter(({ responseStatus }) => responseStatus?.code === 201);
  const begun = asked.reduce((least, event) => Math.min(least, Date.parse(event.requestReceivedTimestamp)), Infinity);
  return {
    total: asked.length,
    created: created.length,
    statusWrites: asked.filter(({ objectRef, verb }) => objectRef?.subresource === "status" && verb !== "get").length,
    writes: asked.filter(({ verb }) => verb !== "get").length,
    events: all.length - asked.length,
    byKind: Object.fromEntries([...kinds].map(([kind, { length }]) => [kind, length] as const).toSorted((a, b) => b[1] - a[1])),
    createdMs: created.reduce((latest, event) => Math.max(latest, Date.parse(event.stageTimestamp)), begun) - begun,
  };
}

function kindOf({ verb, objectRef, responseStatus }: AuditEvent): string {
  const { resource, subresource } = objectRef ?? {};
  return `${verb} ${resource}${subresource === undefined ? "" : `/${subresource}`} ${responseStatus?.code}`;
}
