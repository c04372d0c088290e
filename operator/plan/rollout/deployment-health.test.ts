import { describe, expect, test } from "vitest";
import { COMPONENT_LABEL, RELEASE_LABEL } from "../../api/labels.ts";
import type { Tree } from "../../base/tree.ts";
import { snapshotOf } from "../../testing/snapshots.ts";
import type { LiveObject } from "../observe/snapshot.ts";
import { observeDeployment as judge } from "./deployment-health.ts";

const now = "2026-11-27T08:00:00Z";

function observeDeployment(live: LiveObject | undefined, pods: readonly LiveObject[], floor?: number, since?: string) {
  return judge(live, pods, { floor, restarts: { now, since, sidecars: "judge" }, context: snapshotOf() });
}

const labels = { [COMPONENT_LABEL]: "web", track: "canary" };

function deployment(status: Tree = {}, spec: Tree = {}, metadata: Tree = {}): LiveObject {
  const template = { metadata: { labels: { ...labels, [RELEASE_LABEL]: "b" } } };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "shop-web-canary", generation: 2, ...metadata },
    spec: { replicas: 2, selector: { matchLabels: labels }, template, ...spec },
    status: { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2, ...status },
  };
}

function pod(container: Tree, metadata: Tree = {}): LiveObject {
  const podLabels = { ...labels, [RELEASE_LABEL]: "b" };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p1", labels: podLabels, ...metadata },
    status: { containerStatuses: [{ name: "app", ...container }] },
  };
}

test("a whole Deployment is rolled out", () => {
  expect(observeDeployment(deployment(), [])).toEqual({
    name: "shop-web-canary",
    release: "b",
    desired: 2,
    replicas: 2,
    updated: 2,
    ready: 2,
    oneRelease: true,
    uniform: true,
    rolledOut: true,
    crash: undefined,
    trouble: undefined,
    deadlineExceeded: false,
  });
});

test.each([
  ["old pods are left", { replicas: 3, updatedReplicas: 2 }, {}],
  ["pods are not ready", { availableReplicas: 1 }, {}],
  ["its controller has not seen the newest template", { observedGeneration: 1 }, {}],
  ["no pod exists yet", { replicas: 0, updatedReplicas: 0, availableReplicas: 0 }, {}],
])("it is not rolled out while %s", (_, status, spec) => {
  expect(observeDeployment(deployment(status, spec), [])?.rolledOut).toBe(false);
});

test("pods beyond the floor do not hold it up", () => {
  expect(observeDeployment(deployment({ replicas: 5, updatedReplicas: 5, availableReplicas: 3 }, { replicas: 5 }), [], 3)?.rolledOut).toBe(
    true,
  );
});

test("a write of the autoscaler that nobody acted on yet is no release", () => {
  expect(observeDeployment(deployment({ observedGeneration: 1 }, { replicas: 4 }), [], 2)?.rolledOut).toBe(true);
});

test("its pods say that its controller has not seen the newest template, whatever else was written", () => {
  const old = pod({}, { labels: { ...labels, [RELEASE_LABEL]: "a" } });
  const written = deployment({ observedGeneration: 1 }, { replicas: 4 });
  expect(observeDeployment(written, [old], 2)).toMatchObject({ uniform: false, rolledOut: false });
  expect(observeDeployment(written, [pod({})], 2)).toMatchObject({ uniform: true, rolledOut: true });
});

test("a pod that was evicted does not make it mixed", () => {
  const old = pod({}, { labels: { ...labels, [RELEASE_LABEL]: "a" } });
  expect(observeDeployment(deployment(), [{ ...old, status: { phase: "Failed" } }])).toMatchObject({ uniform: true, rolledOut: true });
});

test("at zero it is rolled out with nothing", () => {
  const none = { replicas: 0, updatedReplicas: 0, availableReplicas: 0 };
  expect(observeDeployment(deployment(none, { replicas: 0 }), [], 4)?.rolledOut).toBe(true);
});

test("a Deployment that is not there or on its way out is no track", () => {
  expect(observeDeployment(undefined, [])).toBeUndefined();
  expect(observeDeployment(deployment({}, {}, { deletionTimestamp: "2026-11-27T08:00:00Z" }), [])).toBeUndefined();
});

test.each([
  ["CrashLoopBackOff", { restartCount: 1, state: { waiting: { reason: "CrashLoopBackOff" } } }, "PodsCrashing"],
  ["two restarts", { restartCount: 2, state: { running: {} } }, "PodsCrashing"],
  ["an OOM kill now", { restartCount: 0, state: { terminated: { reason: "OOMKilled", exitCode: 137 } } }, "ContainerOutOfMemory"],
  ["an OOM kill before", { restartCount: 1, lastState: { terminated: { reason: "OOMKilled" } } }, "ContainerOutOfMemory"],
])("%s is a crash", (_, status, reason) => {
  expect(observeDeployment(deployment(), [pod(status)])?.crash).toMatchObject({ pod: "p1", reason });
});

test("one restart is none", () => {
  expect(observeDeployment(deployment(), [pod({ restartCount: 1, state: { running: {} } })])?.crash).toBeUndefined();
});

test.each([
  ["of another release", { labels: { ...labels, [RELEASE_LABEL]: "a" } }],
  ["of another track", { labels: { ...labels, track: "stable", [RELEASE_LABEL]: "b" } }],
  ["on its way out", { deletionTimestamp: "2026-11-27T08:00:00Z" }],
])("a crashing pod %s does not count", (_, metadata) => {
  expect(observeDeployment(deployment(), [pod({ restartCount: 9 }, metadata)])?.crash).toBeUndefined();
});

test("a crash that pods of the other release suffer too is none, unless it was before", () => {
  const killed = (finishedAt: string, startedAt = finishedAt) => {
    return { restartCount: 2, state: { running: {} }, lastState: { terminated: { exitCode: 137, startedAt, finishedAt } } };
  };
  const stable = { labels: { ...labels, track: "stable", [RELEASE_LABEL]: "a" }, creationTimestamp: "2026-11-26T08:00:00Z" };
  const late = killed("2026-11-27T07:58:00Z");
  expect(observeDeployment(deployment(), [pod(late), pod(late, { name: "s1", ...stable })])?.crash).toBeUndefined();
  expect(observeDeployment(deployment(), [pod(late), pod(killed("2026-11-27T07:00:00Z"), { name: "s1", ...stable })])?.crash).toBeDefined();
  const worker = { ...stable, labels: { ...stable.labels, [COMPONENT_LABEL]: "worker-mail" } };
  expect(observeDeployment(deployment(), [pod(late), pod(late, { name: "w1", ...worker })])?.crash).toBeDefined();
});

test("restarts before the step are not a crash", () => {
  const lastState = { terminated: { exitCode: 1, startedAt: "2026-11-27T06:00:00Z", finishedAt: "2026-11-27T06:30:00Z" } };
  const old = pod({ restartCount: 7, state: { running: {} }, lastState }, { creationTimestamp: "2026-11-26T08:00:00Z" });
  expect(observeDeployment(deployment(), [old], undefined, "2026-11-27T07:00:00Z")?.crash).toBeUndefined();
  expect(observeDeployment(deployment(), [old], undefined, "2026-11-27T05:00:00Z")?.crash).toMatchObject({ reason: "PodsCrashing" });
});

test("an image that cannot be pulled is trouble, not a crash", () => {
  const found = observeDeployment(deployment(), [pod({ state: { waiting: { reason: "ImagePullBackOff", message: "no such tag" } } })]);
  expect(found?.crash).toBeUndefined();
  expect(found?.trouble).toContain("no such tag");
});

test("an exhausted quota is trouble", () => {
  const conditions = [{ type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: "exceeded quota" }];
  expect(observeDeployment(deployment({ conditions }), [])?.trouble).toBe("exceeded quota");
});

test("its controller's deadline is reported, once the controller has seen the newest template", () => {
  const conditions = [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }];
  expect(observeDeployment(deployment({ conditions }), [])?.deadlineExceeded).toBe(true);
  expect(observeDeployment(deployment({ conditions, observedGeneration: 1 }), [])?.deadlineExceeded).toBe(false);
});

describe("pods that restart because the data of a Secret changed", () => {
  const carries = (version: string) => ({ annotations: { "scalableapp.dev/secrets": `shop-db=${version}` } });
  const template = { metadata: { labels: { ...labels, [RELEASE_LABEL]: "b" }, ...carries("2") } };
  const pods = (...versions: string[]) => versions.map((version, index) => pod({}, { name: `p${index}`, ...carries(version) }));

  test.each<readonly [string, Tree, readonly string[], object]>([
    [
      "the template was written a moment ago",
      { observedGeneration: 1 },
      ["1", "1"],
      { uniform: false, rolledOut: false, oneRelease: true },
    ],
    ["some are new", { replicas: 3, updatedReplicas: 1 }, ["1", "1", "2"], { uniform: false, rolledOut: false, oneRelease: true }],
    ["not all of them are in the cache yet", { replicas: 3, updatedReplicas: 1 }, ["1", "2"], { uniform: false, oneRelease: false }],
    ["all are new", {}, ["2", "2"], { uniform: true, rolledOut: true, oneRelease: true }],
  ])("%s", (_, status, versions, expected) => {
    expect(observeDeployment(deployment(status, { template }), pods(...versions))).toMatchObject({ release: "b", ...expected });
  });

  test("a pod of the data before does not speak for the new one", () => {
    const crashing = { ...pod({ restartCount: 9 }, { name: "old", ...carries("1") }) };
    expect(observeDeployment(deployment({}, { template }), [crashing, ...pods("2")])?.crash).toBeUndefined();
  });
});
