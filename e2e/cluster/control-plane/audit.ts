import { open } from "node:fs/promises";

/** What one line of the API server's audit log records of a request; the fields that tests ask for. */
export interface AuditEvent {
  readonly auditID: string;
  /** `ResponseStarted` (watches only), `ResponseComplete` or `Panic`. */
  readonly stage: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string; readonly groups?: readonly string[] };
  readonly userAgent?: string;
  readonly objectRef?: {
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly apiGroup?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
}

/** Events of a part of an audit log, and the byte at which the next reading goes on. */
export interface AuditReading {
  readonly events: readonly AuditEvent[];
  readonly nextByte: number;
}

/** Policy: who asked for what and the answer's code, never a body; each request once, watches also as they start. */
export const auditPolicy = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [
    { level: "None", nonResourceURLs: ["/healthz*", "/livez*", "/readyz*", "/version"] },
    { level: "Metadata", omitManagedFields: true },
  ],
};

/** Reads an audit log from a byte on (default: all of it); a line still being written is left for the next reading. */
export async function readAuditLog(path: string, fromByte = 0): Promise<AuditReading> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const buffer = Buffer.alloc(Math.max(0, size - fromByte));
    await file.read(buffer, 0, buffer.length, fromByte);
    return parseAuditLines(buffer, fromByte);
  } finally {
    await file.close();
  }
}

/** The byte at which an audit log ends now: what is read from there on came later. */
export async function endOfAuditLog(path: string): Promise<number> {
  return (await readAuditLog(path)).nextByte;
}

/** Whether an event is the answer to a request that changes something; Events, which nobody waits for, aside. */
export function isWrite({ stage, verb, objectRef }: AuditEvent): boolean {
  return stage === "ResponseComplete" && !["get", "list", "watch"].includes(verb) && objectRef?.resource !== "events";
}

/** Parses the complete lines of a buffer that begins at `fromByte` of its log. */
export function parseAuditLines(buffer: Buffer, fromByte: number): AuditReading {
  const end = buffer.lastIndexOf("\n") + 1;
  const lines = buffer.toString("utf8", 0, end).split("\n");
  const events = lines.filter((line) => line !== "").map(parseAuditEvent);
  return { events, nextByte: fromByte + end };
}

function parseAuditEvent(line: string): AuditEvent {
  const value: unknown = JSON.parse(line);
  if (isAuditEvent(value)) return value;
  throw new Error(`Not an audit event: ${line.slice(0, 200)}`);
}

function isAuditEvent(value: unknown): value is AuditEvent {
  return typeof value === "object" && value !== null && "auditID" in value && "verb" in value && "stage" in value && "user" in value;
}
