import type { ScalableAppStatus } from "../api/status.ts";
import type { KubeObject } from "../base/object.ts";
import type { Tree } from "../base/tree.ts";
import { buildInvalidStatus } from "../status/status.ts";
import { database } from "./rendered.ts";
import { foundSecret } from "./secrets.ts";
import { SimulatedCluster, type JobEnd } from "./simulated-cluster.ts";
import { podOf, waiting } from "./snapshots.ts";

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

/** The same, whose pods missed their deadline and are gone. */
function givenRolledBack(): SimulatedCluster {
  const cluster = givenStable();
  cluster.edit({ image: "ghcr.io/acme/shop:2" });
  cluster.record("a second image is released");
  missDeadline(cluster, "Deployment/shop-web");
  cluster.catchUp();
  cluster.record("the failed pod is gone");
  return cluster;
}

/** An app whose first release has migrated, and serves. */
function givenMigrated(spec: Tree): SimulatedCluster {
  const cluster = new SimulatedCluster(spec);
  cluster.record("the app is applied");
  cluster.endMigration("Complete");
  cluster.record("its migration is complete");
  cluster.catchUp();
  cluster.record("its pods are ready");
  return cluster;
}

/** The same, and the migration of a second release has ended too. */
function givenSecondMigration(end: JobEnd): SimulatedCluster {
  const cluster = givenMigrated({ migration: { command: ["migrate"] } });
  cluster.edit({ image: "ghcr.io/acme/shop:2" });
  cluster.record("a second image is released");
  cluster.endMigration(end, "Job has reached the specified backoff limit");
  cluster.record("its migration ends");
  return cluster;
}

/** How the fixture differs from what the simulated cluster holds. */
type Edit = (app: KubeObject) => KubeObject;

/** How an app comes into a situation. */
export interface GitOpsSituation {
  readonly cluster: () => SimulatedCluster;
  /** Default: none. */
  readonly edit?: Edit;
  /** Whether the operator has not seen, or does not act on, this version of the app: no request is answered now. */
  readonly answersNobody?: boolean;
}

const clusters: Readonly<Record<string, () => SimulatedCluster>> = {
  "never-seen": () => new SimulatedCluster({}),
  "first-release": () => {
    const cluster = new SimulatedCluster({});
    cluster.record("the app is applied");
    return cluster;
  },
  stable: () => givenStable(),
  "newer-spec": () => {
    const cluster = givenStable();
    cluster.edit({ image: "ghcr.io/acme/shop:2" });
    return cluster;
  },
  migrating: () => givenCanary({ migration: { command: ["migrate"] } }),
  "rolling-out": () => {
    const cluster = givenStable();
    cluster.edit({ image: "ghcr.io/acme/shop:2" });
    cluster.record("a second image is released");
    return cluster;
  },
  canary: () => givenCanary(),
  "canary-paused": () => {
    const cluster = givenCanary();
    cluster.ask("pause", "1");
    cluster.record("a user pauses it");
    return cluster;
  },
  "canary-at-gate": () => {
    const cluster = givenCanary({ rollout: { strategy: "canary", canary: { steps: [{ weight: 50 }], analysis: { enabled: false } } } });
    cluster.wait(3600);
    cluster.record("its step waits for a person");
    return cluster;
  },
  preview: () => givenCanary({ rollout: { strategy: "blueGreen" } }),
  frozen: () => {
    const windows = [{ name: "sale", start: "2026-11-27T00:00:00", end: "2026-11-30T00:00:00" }];
    return givenCanary({ rollout: { strategy: "canary", freeze: { windows } } });
  },
  "rolling-back": () => {
    const cluster = givenStable();
    cluster.edit({ image: "ghcr.io/acme/shop:2" });
    cluster.record("a second image is released");
    missDeadline(cluster, "Deployment/shop-web");
    return cluster;
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
    return cluster;
  },
  "pods-lost": () => {
    const cluster = givenStable({ web: { replicas: 2 } });
    cluster.wait(60);
    cluster.report("Deployment/shop-web", { replicas: 2, updatedReplicas: 2, availableReplicas: 0 });
    cluster.record("its pods are lost");
    return cluster;
  },
  baking: () => givenCanary({}),
  "rolled-back": () => givenRolledBack(),
  aborted: () => {
    const cluster = givenCanary();
    cluster.ask("abort", "1");
    cluster.record("a user aborts it");
    cluster.catchUp();
    cluster.record("its pods are gone");
    return cluster;
  },
  "migration-failed": () => {
    const cluster = new SimulatedCluster({ migration: { command: ["migrate"] } });
    cluster.record("the app is applied");
    cluster.endMigration("Failed", "Job has reached the specified backoff limit");
    cluster.record("its migration fails");
    return cluster;
  },
  "pods-crash": () => {
    const cluster = givenStable();
    cluster.report("Deployment/shop-web", { replicas: 2, updatedReplicas: 2, availableReplicas: 0 });
    const lastState = { terminated: { reason: "Error", exitCode: 1 } };
    const status = { containerStatuses: [waiting("app", "CrashLoopBackOff", { restartCount: 4, lastState })] };
    cluster.pods(podOf("shop-web-1", "web", status, { labels: cluster.labelsOf("Deployment/shop-web") }));
    cluster.record("its pods crash");
    return cluster;
  },
  "reference-missing": () => {
    const cluster = new SimulatedCluster({ envFrom: [{ secretRef: { name: "keys" } }] });
    cluster.refer("secret/keys", { state: "missing" });
    cluster.record("the app is applied");
    return cluster;
  },
  invalid: () => givenStable(),
  suspended: () => {
    const cluster = givenStable();
    cluster.edit({ suspend: true });
    cluster.record("the app is suspended");
    cluster.catchUp();
    cluster.record("its pods are gone");
    return cluster;
  },
  "being-deleted": () => givenStable(),
  promoting: () => {
    const cluster = givenCanary();
    cluster.ask("promote-full", "1");
    cluster.record("a user gives it to all");
    return cluster;
  },
  "child-refused": () => {
    const cluster = givenStable();
    cluster.refuse("CronJob/shop-report", "denied by the policy of the house");
    cluster.edit({ schedules: [{ name: "report", cron: "0 3 * * *", command: ["report"] }] });
    cluster.record("a schedule is asked for");
    cluster.catchUp();
    cluster.record("the pods are ready");
    return cluster;
  },
  "release-refused": () => {
    const cluster = givenStable();
    cluster.refuse("Deployment/shop-web", "exceeded quota: compute");
    cluster.edit({ image: "ghcr.io/acme/shop:2" });
    cluster.record("a second image is released");
    return cluster;
  },
  "second-migration-failed": () => givenSecondMigration("Failed"),
  "migrating-after-failure": () => {
    const cluster = givenSecondMigration("Failed");
    cluster.edit({ image: "ghcr.io/acme/shop:3" });
    cluster.record("a third image is released");
    return cluster;
  },
  "contract-failed": () => {
    const migration = { command: ["migrate"], contract: { command: ["contract"], afterSeconds: 60 } };
    const cluster = givenMigrated({ migration });
    cluster.wait(3600);
    cluster.record("its contract migration begins");
    cluster.endMigration("Failed", "Job has reached the specified backoff limit");
    cluster.logs("column carts.total is still read");
    cluster.record("it fails");
    return cluster;
  },
  "quarantined-wanted-again": () => {
    const cluster = givenRolledBack();
    cluster.edit({ image: "ghcr.io/acme/shop:1" });
    cluster.record("the spec asks for what serves");
    cluster.edit({ image: "ghcr.io/acme/shop:2" });
    cluster.record("and again for what has failed");
    return cluster;
  },
};

const edits: Readonly<Record<string, Edit>> = {
  invalid: (app) => {
    const generation = 2;
    const problems = [{ path: "spec.env[0].value", message: "refers to $(NOPE), which no variable before it sets" }];
    const status = buildInvalidStatus(problems, app["status"] as ScalableAppStatus, { generation, now: "2026-11-27T09:00:00Z" });
    return { ...app, metadata: { ...app.metadata, generation }, status };
  },
  "being-deleted": (app) => ({ ...app, metadata: { ...app.metadata, deletionTimestamp: "2026-11-27T09:00:00Z" } }),
};

const unheard = ["never-seen", "newer-spec", "invalid", "being-deleted"];

/** Every situation of an app that GitOps tools have to make something of, by its name. */
export const gitOpsSituations: Readonly<Record<string, GitOpsSituation>> = Object.fromEntries(
  Object.entries(clusters).map(([name, cluster]) => [
    name,
    { cluster, ...(edits[name] && { edit: edits[name] }), answersNobody: unheard.includes(name) },
  ]),
);

/** The app in a situation, as the cluster holds it. */
export function appIn({ cluster, edit = (app) => app }: GitOpsSituation): KubeObject {
  return edit(cluster().app());
}
