import { describe, expect, test } from "vitest";
import { childrenOf } from "../testing/rendered.ts";
import { liveChild, owned } from "../testing/snapshots.ts";
import { decidePrune } from "./prune.ts";

const children = childrenOf({ workers: [{ name: "orders", command: ["work"] }], redis: { cache: {}, queue: {} } });

describe("what is pruned", () => {
  test("nothing of what the spec wants", () => {
    expect(
      decidePrune(
        children,
        children.map((child) => liveChild(child)),
      ),
    ).toEqual([]);
  });

  test.each([
    ["a worker's Deployment that the spec no longer names", owned("Deployment", "shop-worker-old"), true],
    ["its disruption budget", owned("PodDisruptionBudget", "shop-worker-old"), true],
    ["an autoscaler where the replicas are fixed now", owned("HorizontalPodAutoscaler", "shop-web"), true],
    ["a schedule", owned("CronJob", "shop-nightly"), true],
    ["the Job of an earlier release", owned("Job", "shop-migrate-r1"), true],
    ["the pooler's settings", owned("ConfigMap", "shop-pgbouncer"), true],
    ["a route, where the spec names no Gateway any more", owned("HTTPRoute", "shop-web"), true],
    ["an object of a wanted name but another kind", owned("StatefulSet", "shop-web"), true],
    [
      "one that is being deleted already",
      owned("Job", "shop-migrate-r1", { metadata: { deletionTimestamp: "2026-11-27T07:00:00Z" } }),
      false,
    ],
  ])("%s", (_story, object, expected) => {
    expect(decidePrune(children, [object]).map((prune) => prune.object)).toEqual(expected ? [object] : []);
  });

  test.each([
    "PersistentVolumeClaim",
    "Pod",
    "ReplicaSet",
    "Secret",
    "ControllerRevision",
    "Ingress",
    "Gateway",
    "ScalableApp",
    "Namespace",
  ])("never a %s, whoever wrote the app's name into it", (kind) => {
    expect(decidePrune(children, [owned(kind, "shop-web"), owned(kind, "anything")])).toEqual([]);
  });

  test("each with a reason", () => {
    expect(decidePrune([], [owned("Service", "shop-web")])).toMatchObject([{ reason: "the spec no longer wants it" }]);
  });
});
