import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import type { KubeObject } from "../base/object.ts";
import { database } from "../testing/rendered.ts";
import { foundSecret } from "../testing/secrets.ts";
import { expectGolden } from "../testing/golden.ts";
import { SimulatedCluster } from "../testing/simulated-cluster.ts";
import { podOf, waiting } from "../testing/snapshots.ts";
import { judgeInvalid, stampConditions } from "./conditions.ts";

const folder = new URL("../../gitops/fixtures/", import.meta.url);
const canary = { rollout: { strategy: "canary" } };

/** An app whose first release serves. */
function givenStable(spec: object = {}): SimulatedCluster {
  const cluster = new SimulatedCluster({ ...spec });
  cluster.record("the app is applied");
  cluster.catchUp();
  cluster.record("its pods are ready");
  return cluster;
}

/** The same, with a second release whose pods are ready. */
function givenCanary(spec: object = canary): SimulatedCluster {
  const cluster = givenStable(spec);
  cluster.wait(60);
  cluster.edit({ image: "ghcr.io/acme/shop:2" });
  cluster.record("a second image is released");
  cluster.catchUp();
  cluster.record("its first pods are ready");
  return cluster;
}

function missDeadline(cluster: SimulatedCluster, workload: string): void {
  const conditions = [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }];
  cluster.report(workload, { replicas: 2, updatedReplicas: 1, availableReplicas: 1, conditions });
  cluster.record("its deadline passes");
}

const situations: Readonly<Record<string, () => KubeObject>> = {
  "never-seen": () => new SimulatedCluster({}).app(),
  "first-release": () => {
    const cluster = new SimulatedCluster({});
    cluster.record("the app is applied");
    return cluster.app();
  },
  stable: () => givenStable().app(),
  "newer-spec": () => {
    const cluster = givenStable();
    cluster.edit({ image: "ghcr.io/acme/shop:2" });
    return cluster.app();
  },
  migrating: () => givenCanary({ migration: { command: ["migrate"] } }).app(),
  "rolling-out": () => {
    const cluster = givenStable();
    cluster.edit({ image: "ghcr.io/acme/shop:2" });
    cluster.record("a second image is released");
    return cluster.app();
  },
  canary: () => givenCanary().app(),
  "canary-paused": () => {
    const cluster = givenCanary();
    cluster.ask("pause", "1");
    cluster.record("a user pauses it");
    return cluster.app();
  },
  "canary-at-gate": () => {
    const cluster = givenCanary({ rollout: { strategy: "canary", canary: { steps: [{ weight: 50 }], analysis: { enabled: false } } } });
    cluster.wait(3600);
    cluster.record("its step waits for a person");
    return cluster.app();
  },
  preview: () => givenCanary({ rollout: { strategy: "blueGreen" } }).app(),
  frozen: () => {
    const windows = [{ name: "sale", start: "2026-11-27T00:00:00", end: "2026-11-30T00:00:00" }];
    return givenCanary({ rollout: { strategy: "canary", freeze: { windows } } }).app();
  },
  "rolling-back": () => {
    const cluster = givenStable();
    cluster.edit({ image: "ghcr.io/acme/shop:2" });
    cluster.record("a second image is released");
    missDeadline(cluster, "Deployment/shop-web");
    return cluster.app();
  },
  "secret-changed": () => {
    const cluster = new SimulatedCluster({ postgres: database });
    cluster.refer("secret/shop-db", foundSecret("07:00:00"));
    cluster.record("the app is applied");
    cluster.catchUp();
    cluster.record("its pods are ready");
    cluster.wait(60);
    cluster.pods(podOf("shop-web-1", "web", {}, { labels: cluster.labelsOf("Deployment/shop-web") }));
    cluster.refer("secret/shop-db", foundSecret("08:01:00"));
    cluster.record("the password is changed");
    cluster.report("Deployment/shop-web", { replicas: 2, updatedReplicas: 1, availableReplicas: 1 });
    cluster.record("a pod with the new one starts");
    return cluster.app();
  },
  "pods-lost": () => {
    const cluster = givenStable({ web: { replicas: 2 } });
    cluster.wait(60);
    cluster.report("Deployment/shop-web", { replicas: 2, updatedReplicas: 2, availableReplicas: 0 });
    cluster.record("its pods are lost");
    return cluster.app();
  },
  baking: () => givenCanary({}).app(),
  "rolled-back": () => {
    const cluster = givenStable();
    cluster.edit({ image: "ghcr.io/acme/shop:2" });
    cluster.record("a second image is released");
    missDeadline(cluster, "Deployment/shop-web");
    cluster.catchUp();
    cluster.record("the failed pod is gone");
    return cluster.app();
  },
  aborted: () => {
    const cluster = givenCanary();
    cluster.ask("abort", "1");
    cluster.record("a user aborts it");
    cluster.catchUp();
    cluster.record("its pods are gone");
    return cluster.app();
  },
  "migration-failed": () => {
    const cluster = new SimulatedCluster({ migration: { command: ["migrate"] } });
    cluster.record("the app is applied");
    cluster.endMigration("Failed", "Job has reached the specified backoff limit");
    cluster.record("its migration fails");
    return cluster.app();
  },
  "pods-crash": () => {
    const cluster = givenStable();
    cluster.report("Deployment/shop-web", { replicas: 2, updatedReplicas: 2, availableReplicas: 0 });
    const lastState = { terminated: { reason: "Error", exitCode: 1 } };
    const status = { containerStatuses: [waiting("app", "CrashLoopBackOff", { restartCount: 4, lastState })] };
    cluster.pods(podOf("shop-web-1", "web", status, { labels: cluster.labelsOf("Deployment/shop-web") }));
    cluster.record("its pods crash");
    return cluster.app();
  },
  "reference-missing": () => {
    const cluster = new SimulatedCluster({ envFrom: [{ secretRef: { name: "keys" } }] });
    cluster.refer("secret/keys", { state: "missing" });
    cluster.record("the app is applied");
    return cluster.app();
  },
  invalid: () => {
    const app = givenStable().app();
    const generation = 2;
    const conditions = stampConditions(judgeInvalid("spec.env[0].value refers to $(NOPE), which no variable before it sets"), [], {
      generation,
      now: "2026-11-27T09:00:00Z",
    });
    return {
      ...app,
      metadata: { ...app.metadata, generation },
      status: { ...(app["status"] as object), observedGeneration: generation, conditions },
    };
  },
  suspended: () => {
    const cluster = givenStable();
    cluster.edit({ suspend: true });
    cluster.record("the app is suspended");
    cluster.catchUp();
    cluster.record("its pods are gone");
    return cluster.app();
  },
  "being-deleted": () => {
    const app = givenStable().app();
    return { ...app, metadata: { ...app.metadata, deletionTimestamp: "2026-11-27T09:00:00Z" } };
  },
};

test.each(Object.keys(situations))("the fixture of an app in the situation %s is what the operator writes", (name) => {
  const app = situations[name]?.();
  expectGolden(new URL(`${name}.yaml`, folder), stringify(app, { lineWidth: 0, aliasDuplicateObjects: false }));
});

test("no fixture is without its situation", () => {
  expect(readdirSync(folder).toSorted()).toEqual(
    Object.keys(situations)
      .map((name) => `${name}.yaml`)
      .toSorted(),
  );
});
