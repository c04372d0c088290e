import { expect, test } from "vitest";
import type { KubeObject } from "../base/object.ts";
import type { ListOptions } from "../kube/operations.ts";
import { refusal } from "../testing/fake-client.ts";
import { createEventReader } from "./pod-events.ts";

const start = Date.UTC(2026, 10, 27, 8);
const job = { namespace: "retail", uid: "uid-1", since: new Date(start).toISOString() };

function eventWith(message: string): KubeObject {
  const metadata = { name: message, namespace: "retail" };
  return { apiVersion: "v1", kind: "Event", metadata, type: "Warning", reason: "FailedMount", message, lastTimestamp: job.since };
}

/** Events that come, and how often they are read, at a time after the pod became unready. */
function createReader() {
  const recorded = { events: [] as KubeObject[], asked: [] as ListOptions[], error: undefined as unknown };
  let now = start;
  const list = async (_resource: unknown, options?: ListOptions) => {
    recorded.asked.push(options ?? {});
    if (recorded.error !== undefined) throw recorded.error;
    return { items: recorded.events, resourceVersion: "1" };
  };
  const read = createEventReader({ list }, () => now);
  return {
    recorded,
    async at(seconds: number, jobs = [job]) {
      now = start + seconds * 1000;
      return (await read(jobs))["uid-1"]?.map(({ message }) => message);
    },
  };
}

test("a pod that becomes ready within ten seconds costs no request; then its Warnings are read, and no others", async () => {
  const { recorded, at } = createReader();
  recorded.events = [eventWith("no such volume")];
  expect(await at(9)).toEqual([]);
  expect(recorded.asked).toEqual([]);
  expect(await at(10)).toEqual(["no such volume"]);
  expect(recorded.asked).toEqual([{ namespace: "retail", fieldSelector: "involvedObject.uid=uid-1,type=Warning", limit: 100 }]);
});

test("they are read ever less often, and what is new replaces what was", async () => {
  const { recorded, at } = createReader();
  recorded.events = [eventWith("one")];
  for (const seconds of [10, 15, 29, 30, 59, 60, 119, 120, 299, 300, 599]) expect(await at(seconds)).toEqual(["one"]);
  expect(recorded.asked).toHaveLength(5);
  recorded.events = [eventWith("two")];
  expect(await at(600)).toEqual(["two"]);
  expect(await at(899)).toEqual(["two"]);
  expect(recorded.asked).toHaveLength(6);
});

test("a pod that was ready in between begins anew", async () => {
  const { recorded, at } = createReader();
  recorded.events = [eventWith("one")];
  await at(60);
  expect(await at(65, [{ ...job, since: new Date(start + 60_000).toISOString() }])).toEqual([]);
});

test("events that may not be read keep nothing back; any other error is not swallowed", async () => {
  const { recorded, at } = createReader();
  recorded.error = refusal(403, "Forbidden");
  expect(await at(10)).toEqual([]);
  recorded.error = new TypeError("a bug");
  await expect(at(30)).rejects.toThrow("a bug");
});
