import { expect, test } from "vitest";
import type { LiveObject } from "../plan/observe/snapshot.ts";
import { createFakeClient, refusal } from "../testing/fake-client.ts";
import { owned, podOf, snapshotOf } from "../testing/snapshots.ts";
import { MigrationLogs } from "./migration-log.ts";

const job = "shop-migrate-r1";

function podOfJob(name: string, creationTimestamp: string): LiveObject {
  return podOf(name, "migration", {}, { creationTimestamp, labels: { "batch.kubernetes.io/job-name": job } });
}

const pods = [
  podOfJob("try-1", "2026-11-27T08:00:00Z"),
  podOfJob("try-3", "2026-11-27T08:02:00Z"),
  podOfJob("try-2", "2026-11-27T08:01:00Z"),
];
const snapshot = snapshotOf({}, { owned: [owned("Job", job)], pods: [podOf("web-1", "web"), ...pods] });

test("the last lines of the last try, asked for once", async () => {
  const client = createFakeClient("relation orders already exists\n");
  const logs = new MigrationLogs(client);
  expect(await logs.read(snapshot, job)).toBe("relation orders already exists");
  expect(await logs.read(snapshot, job)).toBe("relation orders already exists");
  expect(client.requests).toEqual([{ verb: "podLogs", resource: "Pod", name: "try-3", options: { container: "app", tailLines: 5 } }]);
});

test("another Job of the same name has another log", async () => {
  const client = createFakeClient("boom");
  const logs = new MigrationLogs(client);
  await logs.read(snapshot, job);
  await logs.read({ ...snapshot, owned: [owned("Job", job, { metadata: { uid: "another" } })] }, job);
  expect(client.requests).toHaveLength(2);
});

test.each([
  ["no Job", { ...snapshot, owned: [] }],
  ["no pod of it", { ...snapshot, pods: [podOf("web-1", "web")] }],
])("with %s there is nothing to ask", async (_story, nothing) => {
  const client = createFakeClient("boom");
  expect(await new MigrationLogs(client).read(nothing, job)).toBeUndefined();
  expect(client.requests).toEqual([]);
});

test("a log that cannot be read keeps nothing back, and is asked for again", async () => {
  const client = createFakeClient("boom");
  client.fail("podLogs Pod try-3", refusal(403, "Forbidden"));
  const logs = new MigrationLogs(client);
  expect(await logs.read(snapshot, job)).toBeUndefined();
  expect(await logs.read(snapshot, job)).toBeUndefined();
  expect(client.requests).toHaveLength(2);
});

test("a long log is cut to its end", async () => {
  const log = await new MigrationLogs(createFakeClient(`${"x".repeat(5000)} the end`)).read(snapshot, job);
  expect(log?.length).toBeLessThanOrEqual(1000);
  expect(log).toMatch(/the end$/u);
});
