import { describe, expect, test } from "vitest";
import { COMPONENT_LABEL, RELEASE_LABEL, SECRETS_ANNOTATION } from "../../api/labels.ts";
import { withSecretVersions } from "../../resources/secret-versions.ts";
import { childOf, childrenOf, database, testRevision } from "../../testing/rendered.ts";
import { liveChild, owned, podOf, snapshotOf, waiting, type Counts } from "../../testing/snapshots.ts";
import { isAvailable, isUpToDate, judgeComponents, type ComponentHealth } from "./component-health.ts";
import type { LiveObject } from "./snapshot.ts";

const spec = { web: { autoscaling: { minReplicas: 2, maxReplicas: 10 } } };
const web = childOf(spec, "web/deployment");

function condition(type: string, status: string, reason: string, message = "") {
  return { type, status, reason, message };
}

function sick(name: string, component: string, reason: string): LiveObject {
  return podOf(name, component, { containerStatuses: [waiting("app", reason)] });
}

function judge(live: LiveObject | undefined, pods: readonly LiveObject[] = []): ComponentHealth {
  const {
    components: [health],
  } = judgeComponents({ children: [web] }, snapshotOf(spec, { owned: live ? [live] : [], pods }));
  if (!health) throw new Error("web was not judged");
  return health;
}

describe("a Deployment with a floor of 2", () => {
  test.each<[string, Counts, { rolledOut: boolean; available: boolean; rolling: boolean }]>([
    ["both pods ready", { replicas: 2 }, { rolledOut: true, available: true, rolling: false }],
    ["scaled out, all ready", { replicas: 7 }, { rolledOut: true, available: true, rolling: false }],
    ["scaled out, the new ones still start", { replicas: 7, ready: 2 }, { rolledOut: true, available: true, rolling: false }],
    ["one pod lost", { replicas: 2, ready: 1 }, { rolledOut: false, available: false, rolling: false }],
    ["old pods are still there", { replicas: 3, updated: 1, ready: 3 }, { rolledOut: false, available: true, rolling: true }],
    ["all of the old release", { replicas: 2, updated: 0, ready: 2 }, { rolledOut: false, available: true, rolling: true }],
    ["a new template that nobody has acted on", { replicas: 2, observed: 0 }, { rolledOut: false, available: true, rolling: true }],
    ["no pods yet", { replicas: 0 }, { rolledOut: false, available: false, rolling: true }],
  ])("%s", (_story, counts, expected) => {
    const health = judge(liveChild(web, counts));
    expect({ rolledOut: isUpToDate(health), available: isAvailable(health), rolling: health.rolling }).toEqual(expected);
  });

  test("before it exists it is expected at its floor", () => {
    expect(judge(undefined)).toMatchObject({ name: "web", kind: "Deployment", desired: 2, floor: 2, replicas: 0, ready: 0, rolling: true });
  });

  test("an autoscaler that has just scaled out makes it neither roll nor look incomplete", () => {
    const live = liveChild(web, { replicas: 2 });
    const scaled = { ...live, metadata: { ...live.metadata, generation: 2 }, spec: { ...(live["spec"] as object), replicas: 4 } };
    expect(isUpToDate(judge(scaled))).toBe(true);
  });
});

describe("a workload that another release still stands in", () => {
  const older = { ...web, object: { ...childOf({ ...spec, image: "ghcr.io/acme/shop:0" }, "web/deployment").object } };
  const labelled = (release: string) => JSON.parse(JSON.stringify(older).replaceAll(testRevision, release)) as typeof web;
  const expired = condition("Progressing", "False", "ProgressDeadlineExceeded");

  test("is not rolled out, however many of its pods are ready: the next release was not written yet", () => {
    expect(isUpToDate(judge(liveChild(labelled("0000000001"), { replicas: 2 })))).toBe(false);
    expect(isUpToDate(judge(liveChild(labelled(testRevision), { replicas: 2 })))).toBe(true);
  });

  test("has not failed because the release before did", () => {
    expect(judge(liveChild(labelled("0000000001"), { replicas: 3, updated: 1, conditions: [expired] })).deadlineExceeded).toBe(false);
    expect(judge(liveChild(web, { replicas: 3, updated: 1, observed: 0, conditions: [expired] })).deadlineExceeded).toBe(false);
    expect(judge(liveChild(web, { replicas: 3, updated: 1, conditions: [expired] })).deadlineExceeded).toBe(true);
  });

  test("is not troubled by pods that are being replaced", () => {
    const pod = (release: string) => {
      const crashing = sick("web-a", "web", "CrashLoopBackOff");
      return { ...crashing, metadata: { ...crashing.metadata, labels: { ...crashing.metadata.labels, [RELEASE_LABEL]: release } } };
    };
    expect(judge(liveChild(web, { replicas: 3, updated: 1 }), [pod("0000000001")]).trouble).toBeUndefined();
    expect(judge(liveChild(web, { replicas: 3, updated: 1 }), [pod(testRevision)]).trouble).toBeDefined();
  });
});

describe("what workload controllers complain of", () => {
  test("an exhausted quota", () => {
    const message = 'pods "shop-web-1" is forbidden: exceeded quota: compute';
    const counts = { replicas: 1, ready: 1, conditions: [condition("ReplicaFailure", "True", "FailedCreate", message)] };
    expect(judge(liveChild(web, counts)).refused).toBe(message);
    const over = { replicas: 2, conditions: [condition("ReplicaFailure", "False", "FailedCreate", message)] };
    expect(judge(liveChild(web, over)).refused).toBeUndefined();
  });

  test.each([
    ["a deadline that passed", "False", "ProgressDeadlineExceeded", true],
    ["a paused Deployment", "Unknown", "DeploymentPaused", false],
    ["progress", "True", "ReplicaSetUpdated", false],
  ])("%s", (_story, status, reason, expected) => {
    const conditions = [condition("Progressing", status, reason)];
    expect(judge(liveChild(web, { replicas: 2, updated: 1, conditions })).deadlineExceeded).toBe(expected);
  });
});

describe("pods in trouble", () => {
  test("the first by name is reported, whichever way the cache lists them", () => {
    const pods = [sick("web-b", "web", "ErrImagePull"), sick("web-a", "web", "CrashLoopBackOff")];
    expect(judge(liveChild(web, { replicas: 2 }), pods).trouble?.pod).toBe("web-a");
    expect(judge(liveChild(web, { replicas: 2 }), pods.toReversed()).trouble?.pod).toBe("web-a");
  });

  test("those of other components do not count", () => {
    expect(judge(liveChild(web, { replicas: 2 }), [sick("w-1", "worker-orders", "CrashLoopBackOff")]).trouble).toBeUndefined();
  });
});

describe("other workloads", () => {
  test("a StatefulSet counts ready pods, and only Deployments and StatefulSets are components", () => {
    const children = childrenOf({
      redis: { cache: {}, queue: {} },
      workers: [{ name: "orders", command: ["work"] }],
      schedules: [{ name: "n", cron: "0 3 * * *", command: ["x"] }],
    });
    const queue = owned("StatefulSet", "shop-redis-queue", {
      spec: { replicas: 1 },
      status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1 },
    });
    const { components: judged, trial } = judgeComponents({ children }, snapshotOf({}, { owned: [queue] }));
    expect(judged.map(({ name }) => name).toSorted()).toEqual(["redis-cache", "redis-queue", "web", "worker-orders"]);
    expect(trial).toBeUndefined();
    expect(judged.find(({ name }) => name === "redis-queue")).toMatchObject({ kind: "StatefulSet", ready: 1, floor: 1, rolling: false });
  });

  test("a suspended app is rolled out at zero", () => {
    const suspended = childOf({ suspend: true }, "web/deployment");
    const {
      components: [health],
    } = judgeComponents({ children: [suspended] }, snapshotOf({ suspend: true }, { owned: [liveChild(suspended, { replicas: 0 })] }));
    expect(health && isUpToDate(health)).toBe(true);
  });
});

describe("pods that restart because the data of a Secret changed", () => {
  const carrying = (version: string) =>
    withSecretVersions(childOf({ ...spec, postgres: database }, "web/deployment"), { "shop-db": version });
  const podWith = (version: string, release = testRevision) =>
    podOf(
      `web-${version}`,
      "web",
      {},
      {
        labels: { [COMPONENT_LABEL]: "web", [RELEASE_LABEL]: release },
        annotations: { [SECRETS_ANNOTATION]: `shop-db=${version}` },
      },
    );
  const judged = (live: LiveObject, pods: readonly LiveObject[]) =>
    judgeComponents({ children: [carrying("2")] }, snapshotOf(spec, { owned: [live], pods })).components[0];

  test.each<readonly [string, LiveObject, readonly LiveObject[], object]>([
    ["about to begin", liveChild(carrying("1"), { replicas: 2 }), [podWith("1")], { rolling: true, restarting: true }],
    ["under way", liveChild(carrying("2"), { replicas: 3, updated: 1, ready: 2 }), [podWith("1")], { rolling: true, restarting: true }],
    ["over", liveChild(carrying("2"), { replicas: 2 }), [podWith("2")], { rolling: false, restarting: false }],
    ["pods were lost since", liveChild(carrying("2"), { replicas: 1 }), [podWith("2")], { rolling: true, restarting: false }],
    ["a release replaces them", liveChild(carrying("2"), { replicas: 3, updated: 1 }), [podWith("1", "other")], { restarting: false }],
  ])("%s", (_, live, pods, expected) => {
    expect(judged(live, pods)).toMatchObject(expected);
  });
});
