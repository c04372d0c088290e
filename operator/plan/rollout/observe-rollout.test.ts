import { expect, test } from "vitest";
import { TRACK_LABEL } from "../../api/labels.ts";
import { podOf, snapshotOf } from "../../testing/snapshots.ts";
import { observeRollout } from "./observe-rollout.ts";

const facts = { desired: "a", stored: [], workers: [], idle: [], contract: undefined, blocked: undefined };
const running = { phase: "Running" };
const ofCanary = { labels: { [TRACK_LABEL]: "canary" } };

test.each([
  ["one that runs", podOf("shop-web-canary-1", "web", running, ofCanary), 1],
  ["one that is being ended", podOf("shop-web-canary-1", "web", running, { ...ofCanary, deletionTimestamp: "2026-11-27T08:00:00Z" }), 0],
  ["one that has ended", podOf("shop-web-canary-1", "web", { phase: "Failed" }, ofCanary), 0],
  ["one of the stable track", podOf("shop-web-1", "web", running, { labels: { [TRACK_LABEL]: "stable" } }), 0],
])("of the pods of a candidate whose Deployment is gone, those count that still serve: %s", (_, pod, orphans) => {
  const snapshot = snapshotOf({ image: "shop:1" }, { pods: [pod] });
  expect(observeRollout(snapshot, facts).orphans).toBe(orphans);
});
