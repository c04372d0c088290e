import { expect, test } from "vitest";
import { isWrite, parseAuditLines, type AuditEvent } from "./audit.ts";

function line(auditID: string): string {
  return JSON.stringify({ auditID, stage: "ResponseComplete", verb: "get", requestURI: "/api", user: { username: "ä" } });
}

test("reads complete lines and leaves the one still being written", () => {
  const text = `${line("1")}\n${line("2")}\n${line("3").slice(0, 20)}`;
  const { events, nextByte } = parseAuditLines(Buffer.from(text), 100);
  expect(events.map((event) => event.auditID)).toEqual(["1", "2"]);
  expect(nextByte).toBe(100 + Buffer.byteLength(`${line("1")}\n${line("2")}\n`));
});

test("reads nothing of an empty log and goes on where it was", () => {
  expect(parseAuditLines(Buffer.alloc(0), 7)).toEqual({ events: [], nextByte: 7 });
  expect(parseAuditLines(Buffer.from('{"auditID"'), 7)).toEqual({ events: [], nextByte: 7 });
});

test("refuses a line that is no audit event", () => {
  expect(() => parseAuditLines(Buffer.from('{"kind":"Other"}\n'), 0)).toThrow("Not an audit event");
});

test.each([
  [true, "ResponseComplete", "patch", "services"],
  [true, "ResponseComplete", "delete", "leases"],
  [false, "ResponseComplete", "get", "services"],
  [false, "ResponseComplete", "list", "services"],
  [false, "ResponseStarted", "watch", "services"],
  [false, "Panic", "create", "services"],
  [false, "ResponseComplete", "create", "events"],
])("a write, %s: %s %s %s", (expected, stage, verb, resource) => {
  const [event] = parseAuditLines(Buffer.from(`${line("1")}\n`), 0).events as [AuditEvent];
  expect(isWrite({ ...event, stage, verb, objectRef: { resource } })).toBe(expected);
});
