import { expect, test } from "vitest";
import { read } from "../base/read.ts";
import { isTree } from "../base/tree.ts";
import type { Tree } from "../base/tree.ts";
import { defaultImages } from "../resources/images.ts";
import { childOf } from "../testing/rendered.ts";
import { liveChild, podOf, snapshotOf } from "../testing/snapshots.ts";
import type { LiveObject, Snapshot } from "./observe/snapshot.ts";
import { keepRedisTemplate } from "./redis-template.ts";

const before: Tree = { redis: { cache: { memory: "256Mi" }, queue: { memory: "512Mi", storage: "10Gi" } } };
const roles = ["redis-cache/deployment", "redis-queue/stateful-set"];
const going = { deletionTimestamp: "2026-11-27T07:59:59Z" };

function podsOf(role: string, phase = "Running", metadata: Tree = {}): readonly LiveObject[] {
  const [component = ""] = role.split("/");
  const pod = podOf(`shop-${component}-0`, component, { phase });
  return [{ ...pod, metadata: { ...pod.metadata, ...metadata } }];
}

/** A Redis that was written as `before` asks, and is to be written as `change` asks. */
function rewritten(role: string, change: Tree, parts: Partial<Snapshot> = {}, edit: (live: LiveObject) => LiveObject = (live) => live) {
  const first = keepRedisTemplate(snapshotOf(before), childOf(before, role));
  const live = edit(liveChild(first, { replicas: 1 }));
  const spec = { ...before, ...change };
  const written = keepRedisTemplate(snapshotOf(spec, { owned: [live], pods: podsOf(role), ...parts }), childOf(spec, role));
  return { restarts: JSON.stringify(templateOf(written.object)) !== JSON.stringify(templateOf(first.object)), first, written };
}

function templateOf(object: unknown): Tree {
  const template = read(object, "spec", "template");
  if (!isTree(template)) throw new Error("no pod template");
  return template;
}

const forAll: readonly (readonly [string, Tree])[] = [
  ["labels of pods", { podMetadata: { labels: { team: "a" } } }],
  ["annotations of pods", { podMetadata: { annotations: { team: "a" } } }],
  ["a nodeSelector", { scheduling: { nodeSelector: { disk: "fast" } } }],
  ["a toleration", { scheduling: { tolerations: [{ key: "spot", operator: "Exists" }] } }],
  ["a priority", { scheduling: { priorityClassName: "high" } }],
  ["a pull secret", { imagePullSecrets: [{ name: "registry" }] }],
  ["ids of the platform's choice", { podSecurity: { runAsUser: null, runAsGroup: null, fsGroup: null } }],
];
const nothing: readonly (readonly [string, Tree])[] = [
  ["nothing", {}],
  ["another image of the app", { image: "shop:2" }],
  ["another stage", { stage: "scale" }],
  ["what happens to the volume", { deletionPolicy: { queueVolume: "delete" } }],
];

for (const role of roles) {
  test.each([...forAll, ...nothing])(`${role} runs on through %s`, (_what, change) => {
    expect(rewritten(role, change)).toMatchObject({ restarts: false });
  });

  test.each(forAll)(`${role} takes %s once no pod of it runs`, (_what, change) => {
    for (const pods of [[], podsOf(role, "Pending"), podsOf(role, "Running", going)]) {
      const { restarts, written } = rewritten(role, change, { pods });
      expect(restarts).toBe(true);
      expect(templateOf(written.object)).toEqual(templateOf(childOf({ ...before, ...change }, role).object));
    }
  });
}

test.each<[string, Tree, Partial<Snapshot>]>([
  ["more memory", { redis: { cache: { memory: "1Gi" } } }, {}],
  ["limits", { redis: { cache: { memory: "256Mi", resources: { limits: { cpu: "1" } } } } }, {}],
  ["an overlay of its pods", { overlays: { "redis-cache": { spec: { template: { metadata: { labels: { a: "b" } } } } } } }, {}],
])("the cache takes %s at once, and with it what waits", (_what, change, parts) => {
  const waiting = { podMetadata: { labels: { team: "a" } } };
  const { restarts, written } = rewritten("redis-cache/deployment", { ...change, ...waiting }, parts);
  expect(restarts).toBe(true);
  expect(templateOf(written.object)).toMatchObject({ metadata: { labels: { team: "a" } } });
});

test("the image that an administrator chooses is taken at once", () => {
  const images = { ...defaultImages, redis: "registry/redis:9" };
  const role = "redis-cache/deployment";
  const first = liveChild(keepRedisTemplate(snapshotOf(before), childOf(before, role)), { replicas: 1 });
  const inputsOf = (parts: Partial<Snapshot>) =>
    keepRedisTemplate(snapshotOf(before, { owned: [first], pods: podsOf(role), ...parts }), childOf(before, role)).object.metadata
      .annotations;
  expect(inputsOf({ images })).not.toEqual(inputsOf({}));
});

test("a newer operator that renders it otherwise restarts nothing", () => {
  const role = "redis-cache/deployment";
  const first = keepRedisTemplate(snapshotOf(before), childOf(before, role));
  const child = childOf(before, role);
  const spec = { ...(child.object["spec"] as Tree), template: { ...templateOf(child.object), metadata: { labels: { newer: "yes" } } } };
  const snapshot = snapshotOf(before, { owned: [liveChild(first, { replicas: 1 })], pods: podsOf(role) });
  expect(keepRedisTemplate(snapshot, { ...child, object: { ...child.object, spec } })).toEqual(first);
});

test("its template is what was written, whatever somebody made of it in the cluster", () => {
  const { first, written } = rewritten("redis-cache/deployment", {}, {}, (live) => ({ ...live, spec: { template: { spec: {} } } }));
  expect(written).toEqual(first);
});

test.each(["", "{}", '{"inputs":"a"}', "null"])(
  "where nothing can be read of what it kept (%s), it is written as the spec asks",
  (text) => {
    const broken = (live: LiveObject) => ({
      ...live,
      metadata: { ...live.metadata, annotations: { "scalableapp.dev/pod-template": text } },
    });
    const { written } = rewritten("redis-cache/deployment", { podMetadata: { labels: { team: "a" } } }, {}, broken);
    expect(templateOf(written.object)).toMatchObject({ metadata: { labels: { team: "a" } } });
  },
);

test("other workloads are written as their release has them", () => {
  const web = childOf(before, "web/deployment");
  expect(keepRedisTemplate(snapshotOf(before), web)).toBe(web);
});
