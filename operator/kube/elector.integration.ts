import { afterAll, beforeAll, expect, test } from "vitest";
import type { KubeClient } from "./client.ts";
import { createKubeClient } from "./client.ts";
import type { Elector } from "./elector.ts";
import { createElector } from "./elector.ts";
import { readLease } from "./lease.ts";
import { configMaps, leases } from "./resources.ts";
import { until } from "./testing/fake-clock.ts";
import { createNamespace } from "./testing/namespace.ts";

let client: KubeClient;
let namespace: string;

beforeAll(async () => {
  client = createKubeClient({ userAgent: "elector-integration" });
  namespace = await createNamespace(client, "elector");
});
afterAll(() => client.close());

interface Replica {
  readonly elector: Elector;
  readonly stop: AbortController;
  readonly outcome: Promise<string>;
}

function replica(identity: string, name: string): Replica {
  const stop = new AbortController();
  const times = { leaseMs: 3000, renewDeadlineMs: 2000, retryMs: 300 };
  const elector = createElector({ client, namespace, name, identity, ...times, onStarted: () => undefined });
  return { elector, stop, outcome: elector.run(stop.signal) };
}

test("two replicas: one leads, hands over on a graceful stop, and only the leader's writes pass the gate", async () => {
  const [a, b] = [replica("a", "graceful"), replica("b", "graceful")];
  await until(() => a.elector.isLeader() || b.elector.isLeader());
  const [leader, standby] = a.elector.isLeader() ? [a, b] : [b, a];
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace, name: "gated" } };
  await client.withWriteGate(() => leader.elector.assertLeader()).apply(configMaps, object, { fieldManager: "x" });
  const refused = client.withWriteGate(() => standby.elector.assertLeader()).apply(configMaps, object, { fieldManager: "x" });
  await expect(refused).rejects.toThrow("does not hold the lease");
  const stopped = performance.now();
  leader.stop.abort();
  await expect(leader.outcome).resolves.toBe("released");
  await until(() => standby.elector.isLeader());
  expect(performance.now() - stopped).toBeLessThan(1500);
  const lease = await client.get(leases, namespace, "graceful");
  if (lease === undefined) throw new Error("no lease");
  expect(readLease(lease)).toMatchObject({ holder: standby === a ? "a" : "b", durationMs: 3000 });
  expect(lease["spec"]).toMatchObject({ renewTime: expect.stringMatching(/\.\d{6}Z$/) });
  standby.stop.abort();
  await standby.outcome;
});

test("a leader whose lease another one took steps down", async () => {
  const a = replica("a", "stolen");
  await until(() => a.elector.isLeader());
  const patch = { spec: { holderIdentity: "thief", leaseDurationSeconds: 15 } };
  await client.mergePatch(leases, namespace, "stolen", { patch });
  await expect(a.outcome).resolves.toBe("lost");
  expect(() => a.elector.assertLeader()).toThrow("does not hold the lease");
});
