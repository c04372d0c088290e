import { expect, test } from "vitest";
import { owned, snapshotOf } from "../testing/snapshots.ts";
import { decideReleasePrune } from "./prune-releases.ts";

const rolledOut = { children: [], held: [], rolledOut: true };
const limits = { keep: 10, protected: ["a"], idle: true };
const labels = { "scalableapp.dev/release": "a" };
const snapshot = snapshotOf(
  {},
  {
    owned: [
      owned("Deployment", "shop-worker-orders"),
      owned("Deployment", "shop-web-canary"),
      owned("Service", "shop-web-preview"),
      owned("ConfigMap", "shop-pgbouncer-a", { metadata: { labels } }),
      owned("ConfigMap", "shop-pgbouncer-b", { metadata: { labels: { "scalableapp.dev/release": "b" } } }),
      owned("Job", "shop-migrate-a", { metadata: { labels } }),
    ],
  },
);

function names(...[rendered, limited]: [Parameters<typeof decideReleasePrune>[1], Parameters<typeof decideReleasePrune>[2]]) {
  return decideReleasePrune(snapshot, rendered, limited).map(({ object }) => object.metadata.name);
}

test("at rest, all that the spec no longer wants goes, but what a kept release needs stays", () => {
  expect(names(rolledOut, limits)).toEqual(["shop-worker-orders", "shop-web-canary", "shop-web-preview", "shop-pgbouncer-b"]);
});

test.each([
  ["while a release is under way or bakes", rolledOut, { ...limits, idle: false }],
  ["while the app is not on the release of its spec", { ...rolledOut, rolledOut: false }, limits],
])("%s, only what the candidate no longer needs goes", (_, rendered, limited) => {
  expect(names(rendered, limited)).toEqual(["shop-web-canary", "shop-web-preview", "shop-pgbouncer-b"]);
});

test("what is held is wanted", () => {
  const held = snapshot.owned
    .filter(({ kind }) => kind === "Deployment")
    .map(({ kind, metadata }) => ({
      role: metadata.name,
      wave: 2 as const,
      podBearing: true,
      object: { apiVersion: "apps/v1", kind, metadata: { name: metadata.name, namespace: "retail", labels: {}, ownerReferences: [] } },
    }));
  expect(names({ ...rolledOut, held }, limits)).toEqual(["shop-web-preview", "shop-pgbouncer-b"]);
});
