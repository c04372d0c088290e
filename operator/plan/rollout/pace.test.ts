import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Tree } from "../../base/tree.ts";
import { appOf, database } from "../../testing/rendered.ts";
import { observe, releaseOf, seenAt, track } from "../../testing/rollout-observations.ts";
import { owned, snapshotOf } from "../../testing/snapshots.ts";
import type { Snapshot } from "../observe/snapshot.ts";
import { countConnections } from "./connection-budget.ts";
import { decidePaces } from "./pace.ts";

type Parts = Parameters<typeof observe>[0];

function pacesOf(spec: Tree, release: Parameters<typeof releaseOf>[0], parts: Parts & { readonly owned?: Snapshot["owned"] } = {}) {
  const { owned: live = [], ...seen } = parts;
  const snapshot = snapshotOf(spec, { owned: live });
  const budget = countConnections(snapshot.app, { underWay: releaseOf(release).strategy });
  return decidePaces(snapshot, releaseOf(release), observe(seen), budget);
}

const surgesOf = (...of: Parameters<typeof pacesOf>) => Object.values(pacesOf(...of)).map(({ surge }) => surge);

const back = { candidate: "b", phase: "RollingBack" } as const;
const pooled = (maxConnections: number) => ({
  postgres: { ...database, maxConnections, reservedConnections: 0, pooler: { mode: "sidecar", poolSize: 5 } },
});

describe("forward", () => {
  const careful = { web: { replicas: 8 }, rollout: { rolling: { batch: 2, settleSeconds: 30 } } };

  test.each(["RollingOut", "Promoting", "Baking"] as const)("pods are replaced as the spec says in %s", (phase) => {
    expect(pacesOf(careful, { candidate: "b", phase })).toEqual({ "web/deployment": { surge: 2, settleSeconds: 30 } });
  });

  test.each([
    ["the pace of the way back", { strategy: { rollingUpdate: { maxSurge: 8 } } }, { surge: 8, settleSeconds: 0 }],
    ["the pace of the spec", { strategy: { rollingUpdate: { maxSurge: 2 } }, minReadySeconds: 30 }, { surge: 2, settleSeconds: 30 }],
    ["a pace of somebody else", { strategy: { rollingUpdate: { maxSurge: 7 } } }, { surge: 2, settleSeconds: 30 }],
  ])("at rest a Deployment keeps %s", (_story, spec, pace) => {
    const live = [owned("Deployment", "shop-web", { spec })];
    expect(pacesOf(careful, { phase: "Stable" }, { owned: live })).toEqual({ "web/deployment": pace });
  });

  test("pods that restart for a Secret are replaced as the spec says, whatever the last pace was", () => {
    const template = { spec: { containers: [{ envFrom: [{ secretRef: { name: "api" } }] }] } };
    const live = owned("Deployment", "shop-web", { spec: { strategy: { rollingUpdate: { maxSurge: 8 } }, template } });
    const paces = (version?: string) => {
      const status = { secrets: [{ name: "api", ...(version !== undefined && { version }) }] };
      return decidePaces(snapshotOf(careful, { owned: [live], status }), releaseOf({ phase: "Failed" }), observe(), undefined);
    };
    expect(paces("v1")).toEqual({ "web/deployment": { surge: 2, settleSeconds: 30 } });
    expect(paces()).toEqual({ "web/deployment": { surge: 8, settleSeconds: 0 } });
  });
});

describe("on the way back", () => {
  test("all pods are replaced at once, and none has to wait for `settleSeconds`", () => {
    const rollout = { rolling: { settleSeconds: 30 } };
    const spec = {
      web: { autoscaling: { minReplicas: 2, maxReplicas: 8 } },
      workers: [{ name: "orders", command: ["work"], replicas: 3 }],
      rollout,
    };
    expect(pacesOf(spec, back)).toEqual({
      "web/deployment": { surge: 8, settleSeconds: 0 },
      "worker-orders/deployment": { surge: 3, settleSeconds: 0 },
    });
  });

  test.each(["Pending", "Migrating"] as const)("from a release that was given up for a newer one too, in %s", (phase) => {
    const release = { candidate: "c", phase } as const;
    const left = track({ release: "a", uniform: false, oneRelease: false });
    expect(surgesOf({ web: { replicas: 4 } }, release, { desired: "c", stableWeb: left })).toEqual([4]);
    expect(surgesOf({ web: { replicas: 4 } }, release, { desired: "c", stableWeb: track({ release: "b" }) })).toEqual([4]);
    expect(surgesOf({ web: { replicas: 4 } }, release, { desired: "c" })).toEqual([1]);
    // Its own pods count towards the connection budget until they are gone.
    expect(surgesOf({ web: { replicas: 4 } }, release, { desired: "c", stableWeb: left, candidateWeb: track() })).toEqual([1]);
  });

  test("of a rollback by request too", () => {
    const release = { candidate: "b", phase: "Promoting", skipSteps: true, startedAt: seenAt } as const;
    const requests = [{ action: "rollback", id: "1", outcome: "done", at: seenAt }] as const;
    const status = { release: releaseOf(release), requests };
    expect(surgesOf({ web: { replicas: 4 } }, release, { desired: "c", status })).toEqual([4]);
    expect(surgesOf({ web: { replicas: 4 } }, release, { desired: "b", status })).toEqual([1]);
  });

  // Web 8 and worker 3, each with its surge of 1, and as many that end: 24 pods of 5 connections.
  test.each([
    ["no connection is to spare", 120, [1, 1]],
    ["too few for one more pod", 124, [1, 1]],
    ["web comes first", 135, [4, 1]],
    ["then the workers", 160, [8, 2]],
    ["the budget is exceeded already", 20, [1, 1]],
  ])("as many as the database has connections for: %s", (_story, maxConnections, surges) => {
    const spec = { web: { replicas: 8 }, workers: [{ name: "orders", command: ["work"], replicas: 3 }], ...pooled(maxConnections) };
    expect(surgesOf(spec, back)).toEqual(surges);
  });

  test("in batches, where connections cannot be counted", () => {
    const postgres = { ...database, pooler: { mode: "none" } };
    expect(surgesOf({ web: { replicas: 8 }, postgres }, back)).toEqual([1]);
  });

  test("never with more connections than the budget", () => {
    fc.assert(
      fc.property(
        fc.nat(60),
        fc.nat(20),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 20, max: 500 }),
        (web, worker, batch, limit) => {
          const workers = [{ name: "orders", command: ["work"], replicas: worker }];
          const spec = { web: { replicas: web }, workers, rollout: { rolling: { batch } }, ...pooled(limit) };
          const surges = surgesOf(spec, back);
          const { used = 0, perPod = 0 } = countConnections(appOf(spec)) ?? {};
          const more = surges.reduce<number>((sum, surge) => sum + Number(surge) - batch, 0);
          expect(used + more * perPod).toBeLessThanOrEqual(Math.max(limit, used));
          expect(surges.every((surge) => Number(surge) >= batch)).toBe(true);
        },
      ),
    );
  });
});
