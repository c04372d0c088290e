import { Registry } from "prom-client";
import { describe, expect, test } from "vitest";
import type { VolumeDecision } from "../plan/volumes.ts";
import { createFakeClient, refusal } from "../testing/fake-client.ts";
import { owned } from "../testing/snapshots.ts";
import { growVolume } from "./grow-volume.ts";
import { createControllerMetrics } from "./metrics.ts";

const claim = owned("PersistentVolumeClaim", "data-0", { metadata: { resourceVersion: "7" } });
const set = owned("StatefulSet", "queue", { metadata: { resourceVersion: "8" } });
const trouble = { state: "expanding", claim: "data-0", message: "it grows", field: "spec.redis.queue.storage" } as const;
const grow = { grow: { claim, storage: "20Gi", field: "spec.redis.queue.storage" }, trouble };

function createWorld() {
  const client = createFakeClient();
  const noted: string[] = [];
  const written = {
    recordWrite: (_owner: string, { kind }: { kind: string }) => void noted.push(`wrote ${kind}`),
    recordDelete: (_owner: string, { kind }: { kind: string }) => void noted.push(`deleted ${kind}`),
  };
  const deps = { client, written, metrics: createControllerMetrics(new Registry()), logger: { info() {} } };
  const owner = { key: "retail/shop", namespace: "retail", signal: new AbortController().signal };
  return { client, noted, run: async (decision: VolumeDecision) => growVolume(deps, decision, owner) };
}

describe("the volume of a queue", () => {
  test("grows by a patch of exactly the claim that was seen", async () => {
    const { client, noted, run } = createWorld();
    expect(await run(grow)).toEqual(trouble);
    expect(client.writes()).toEqual(["mergePatch PersistentVolumeClaim data-0 by scalable-app-scale"]);
    const patch = { metadata: { uid: claim.metadata.uid, resourceVersion: "7" }, spec: { resources: { requests: { storage: "20Gi" } } } };
    expect(client.requests[0]?.options).toMatchObject({ patch });
    expect(noted).toEqual(["wrote PersistentVolumeClaim"]);
  });

  test("its StatefulSet is deleted alone, and only as it was seen", async () => {
    const { client, noted, run } = createWorld();
    expect(await run({ recreate: set })).toBeUndefined();
    expect(client.requests).toMatchObject([
      { verb: "delete", resource: "StatefulSet", options: { uid: set.metadata.uid, resourceVersion: "8", propagationPolicy: "Orphan" } },
    ]);
    expect(noted).toEqual(["deleted StatefulSet"]);
  });

  test("that is as it should be costs no request", async () => {
    const { client, run } = createWorld();
    await run({});
    await run({ trouble });
    expect(client.requests).toEqual([]);
  });

  const patching = "mergePatch PersistentVolumeClaim data-0 by scalable-app-scale";
  const deleting = "delete StatefulSet queue";

  test.each([
    [
      "a class that does not allow it",
      refusal(403, "Forbidden", "the storageclass must support resize"),
      "the storageclass must support resize",
    ],
    ["a quota", refusal(403, "Forbidden", "exceeded quota: disks"), "exceeded quota"],
    ["a claim that the API server will not have so", refusal(422, "Invalid", "is immutable"), "is immutable"],
  ])("refused for %s: it says so, and nothing else stops", async (_why, error, message) => {
    const { client, noted, run } = createWorld();
    client.fail(patching, error);
    expect(await run(grow)).toMatchObject({ state: "refused", claim: "data-0", message: expect.stringContaining(message) as string });
    expect(noted).toEqual([]);
  });

  test("that changed meanwhile is left to the next look", async () => {
    const { client, noted, run } = createWorld();
    client.fail(patching, refusal(409, "Conflict"));
    client.fail(deleting, refusal(409, "Conflict"));
    expect(await run(grow)).toEqual(trouble);
    expect(await run({ recreate: set, trouble })).toEqual(trouble);
    expect(noted).toEqual([]);
  });

  test("is tried again with backoff where the API server is in trouble", async () => {
    const { client, run } = createWorld();
    client.fail(patching, refusal(500, "InternalError"));
    await expect(run(grow)).rejects.toThrow("InternalError");
  });
});
