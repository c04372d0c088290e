import { expect, test, vi } from "vitest";
import * as resources from "../kube/resources.ts";
import { read } from "../base/read.ts";
import {
  applyApp,
  exists,
  expectNoWriteAfter,
  newNamespace,
  patience,
  people,
  quiesced,
  touch,
  withOperator,
} from "../testing/live-operator.ts";

withOperator();

const workloads = [
  [resources.deployments, "shop-redis-cache", "redis-cache"],
  [resources.statefulSets, "shop-redis-queue", "redis-queue"],
] as const;

/** Does the kubelet's part, as there is none: the pods of a managed Redis run. Answers their uids. */
async function runPods(namespace: string): Promise<readonly unknown[]> {
  return vi.waitFor(async () => {
    const labelSelector = "app.kubernetes.io/component in (redis-cache, redis-queue)";
    const { items } = await people.list(resources.pods, { namespace, labelSelector });
    for (const { metadata } of items)
      await people.mergePatch(resources.pods, namespace, metadata.name, { patch: { status: { phase: "Running" } }, subresource: "status" });
    expect(items).toHaveLength(2);
    return items.map(({ metadata }) => metadata.uid);
  }, patience);
}

async function labelsOf(namespace: string): Promise<readonly unknown[]> {
  const found = await Promise.all(workloads.map(async ([resource, name]) => exists(resource, namespace, name)));
  return found.map((workload) => read(workload, "spec", "template", "metadata", "labels", "team"));
}

test("what all pods get restarts no Redis; it comes with a change of Redis itself", async () => {
  const namespace = await newNamespace();
  const spec = { image: "shop:1", redis: { cache: { memory: "64Mi" }, queue: {} } };
  await applyApp(namespace, spec);
  const before = await runPods(namespace);
  await quiesced();
  const more = { podMetadata: { labels: { team: "a" } }, scheduling: { nodeSelector: { disk: "fast" } } };
  await applyApp(namespace, { ...spec, ...more });
  await vi.waitFor(async () => {
    const web = await exists(resources.deployments, namespace, "shop-web");
    expect(read(web, "spec", "template", "metadata", "labels", "team")).toBe("a");
  }, patience);
  await quiesced();
  expect(await labelsOf(namespace)).toEqual([undefined, undefined]);
  expect(await runPods(namespace)).toEqual(before);
  await applyApp(namespace, { ...spec, ...more, redis: { ...spec.redis, cache: { memory: "128Mi" } } });
  await vi.waitFor(async () => expect(await labelsOf(namespace)).toEqual(["a", undefined]), patience);
  await expectNoWriteAfter(() => touch(namespace));
}, 60_000);
