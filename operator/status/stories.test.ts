import { test } from "vitest";
import { COMPONENT_LABEL } from "../api/labels.ts";
import { database } from "../testing/rendered.ts";
import { expectGolden } from "../testing/golden.ts";
import { foundSecret } from "../testing/secrets.ts";
import { SimulatedCluster } from "../testing/simulated-cluster.ts";
import { podOf, waiting } from "../testing/snapshots.ts";

function golden(name: string): URL {
  return new URL(`testdata/${name}.golden.yaml`, import.meta.url);
}

/** An app with a migration, whose first release is stable and whose second one was just asked for. */
function givenSecondRelease(): SimulatedCluster {
  const cluster = new SimulatedCluster({ migration: { command: ["migrate"] } });
  cluster.record("the app is applied");
  cluster.endMigration("Complete");
  cluster.record("its migration has run");
  cluster.catchUp();
  cluster.record("its pod is ready");
  cluster.wait(60);
  cluster.edit({ image: "ghcr.io/acme/shop:2" });
  cluster.record("a second image is released");
  return cluster;
}

test("a release, from the first apply to a second release that fails and is taken back", () => {
  const cluster = new SimulatedCluster({ stage: "growth", migration: { command: ["migrate"] } });
  cluster.record("the app is applied");
  cluster.wait(20);
  cluster.endMigration("Complete");
  cluster.record("its migration has run");
  cluster.wait(30);
  cluster.catchUp();
  cluster.record("its pods are ready");
  cluster.wait(3600);
  cluster.edit({ image: "ghcr.io/acme/shop:2" });
  cluster.record("a second image is released");
  cluster.wait(40);
  cluster.endMigration("Complete");
  cluster.record("its migration has run");
  cluster.wait(10);
  cluster.report("Deployment/shop-web", { replicas: 3, updatedReplicas: 1, availableReplicas: 2 });
  const labels = cluster.labelsOf("Deployment/shop-web");
  const cannotPull = { containerStatuses: [waiting("app", "ImagePullBackOff", { message: "no such tag" })] };
  cluster.pods(podOf("shop-web-2", "web", cannotPull, { labels }));
  cluster.record("a node cannot pull it");
  cluster.wait(600);
  cluster.report("Deployment/shop-web", {
    replicas: 3,
    updatedReplicas: 1,
    availableReplicas: 2,
    conditions: [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }],
  });
  cluster.record("the deadline passes");
  cluster.wait(5);
  cluster.catchUp();
  cluster.record("the failed pod is gone");
  cluster.wait(60);
  cluster.edit({ image: "ghcr.io/acme/shop:1" });
  cluster.record("the spec asks for the first image again");
  expectGolden(golden("release"), cluster.story());
});

test("a failed migration leaves the running release alone, and can be tried again", () => {
  const cluster = givenSecondRelease();
  cluster.wait(20);
  const [job = ""] = cluster.names("Job/shop-migrate-").slice(-1);
  const labels = { "batch.kubernetes.io/job-name": job };
  cluster.pods(podOf("migrate-1", "migration", { containerStatuses: [waiting("app", "CrashLoopBackOff")] }, { labels }));
  cluster.record("its migration crashes");
  cluster.wait(40);
  cluster.pods();
  cluster.endMigration("Failed", "Job has reached the specified backoff limit");
  cluster.record("its migration fails");
  cluster.wait(60);
  cluster.edit({ image: "ghcr.io/acme/shop:3" });
  cluster.record("a corrected image is released");
  cluster.wait(60);
  cluster.endMigration("Complete");
  cluster.record("its migration has run");
  cluster.catchUp();
  cluster.record("its pod is ready");
  cluster.wait(600);
  cluster.record("it has baked");
  expectGolden(golden("failed-migration"), cluster.story());
});

test("a release that brings a worker fails, and goes back without it", () => {
  const cluster = new SimulatedCluster({});
  cluster.record("the app is applied");
  cluster.catchUp();
  cluster.record("its pod is ready");
  cluster.edit({ image: "ghcr.io/acme/shop:2", workers: [{ name: "orders", command: ["work"] }] });
  cluster.record("a second image and a worker are released");
  cluster.report("Deployment/shop-worker-orders", {
    replicas: 1,
    updatedReplicas: 1,
    availableReplicas: 0,
    conditions: [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }],
  });
  cluster.record("the worker does not come up");
  cluster.catchUp();
  cluster.record("the old web pod is back");
  expectGolden(golden("failed-worker"), cluster.story());
});

test("an app that waits for its Secret", () => {
  const cluster = new SimulatedCluster({ postgres: database });
  cluster.refer("secret/shop-db", { state: "missing" });
  cluster.record("the app is applied");
  cluster.wait(60);
  cluster.refer("secret/shop-db", foundSecret("08:01:00"));
  cluster.record("the Secret is created");
  cluster.catchUp();
  cluster.record("its pod is ready");
  cluster.wait(60);
  const labels = cluster.labelsOf("Deployment/shop-web");
  cluster.pods(podOf("shop-web-1", "web", {}, { labels }));
  cluster.refer("secret/shop-db", foundSecret("08:02:00"));
  cluster.record("the password is changed");
  cluster.report("Deployment/shop-web", { replicas: 2, updatedReplicas: 1, availableReplicas: 1 });
  cluster.record("a pod with the new one starts");
  cluster.catchUp();
  cluster.record("its pod runs with the new one");
  cluster.refer("secret/shop-db", { state: "missing" });
  cluster.record("the Secret goes missing");
  cluster.refer("secret/shop-db", foundSecret("08:30:00", { uid: "uid-2" }));
  cluster.record("it is restored from a backup");
  cluster.refer("secret/shop-db", { state: "unknown" });
  cluster.record("the operator may not look it up any more");
  expectGolden(golden("secret"), cluster.story());
});

test("a day of an autoscaled app: scaled out, a pod lost, its floor raised, suspended and resumed", () => {
  const cluster = new SimulatedCluster({ web: { autoscaling: { minReplicas: 2, maxReplicas: 8 } } });
  cluster.record("the app is applied");
  cluster.catchUp();
  cluster.record("its pods are ready");
  cluster.wait(60);
  cluster.write("Deployment/shop-web", { replicas: 4 });
  cluster.record("the autoscaler scales out");
  cluster.catchUp();
  cluster.record("the new pods are ready");
  cluster.wait(60);
  cluster.report("Deployment/shop-web", { replicas: 4, updatedReplicas: 4, availableReplicas: 1 });
  cluster.record("three pods are lost");
  cluster.wait(60);
  cluster.catchUp();
  cluster.record("they are back");
  cluster.wait(60);
  cluster.edit({ web: { autoscaling: { minReplicas: 6, maxReplicas: 8 } } });
  cluster.record("the floor is raised");
  cluster.wait(1);
  cluster.report("Deployment/shop-web", { replicas: 6, updatedReplicas: 6, availableReplicas: 4 });
  cluster.record("the new pods start");
  cluster.wait(60);
  cluster.catchUp();
  cluster.record("they are ready");
  cluster.wait(60);
  cluster.edit({ suspend: true });
  cluster.record("the app is suspended");
  cluster.catchUp();
  cluster.wait(60);
  cluster.edit({ suspend: false });
  cluster.record("it is resumed");
  cluster.wait(1);
  cluster.report("Deployment/shop-web", { replicas: 6, updatedReplicas: 6, availableReplicas: 0 });
  cluster.record("its pods start");
  cluster.wait(60);
  cluster.catchUp();
  cluster.record("they are ready");
  expectGolden(golden("scaling"), cluster.story());
});

test("a sale in the calendar of an app: its pods are there before it begins, and go as slowly as ever after it", () => {
  const sale = { name: "sale", cron: "10 8 * * *", duration: "1h", minReplicas: 6, maxReplicas: 12 };
  const cluster = new SimulatedCluster({ web: { autoscaling: { minReplicas: 2, maxReplicas: 8, schedules: [sale] } } });
  cluster.record("the app is applied at 08:00, ten minutes before the sale");
  cluster.catchUp();
  cluster.record("its pods are ready");
  cluster.wait(300);
  cluster.record("five minutes are left");
  cluster.catchUp();
  cluster.wait(300);
  cluster.record("the sale begins");
  cluster.wait(1800);
  cluster.write("Deployment/shop-web", { replicas: 11 });
  cluster.catchUp();
  cluster.record("the autoscaler has scaled out beyond the ceiling of other times");
  cluster.wait(1800);
  cluster.record("the sale ends: the autoscaler takes the pods away that are above the ceiling, then the others in its time");
  expectGolden(golden("schedules"), cluster.story());
});

test("children come and go with the spec, and what somebody deletes comes back", () => {
  const cluster = new SimulatedCluster({ workers: [{ name: "orders", command: ["work"] }] });
  cluster.record("the app is applied");
  cluster.catchUp();
  cluster.record("its pods are ready");
  cluster.remove("Service/shop-web");
  cluster.record("somebody deletes the Service");
  cluster.edit({ workers: [] });
  cluster.record("the worker is no longer wanted");
  cluster.catchUp();
  cluster.record("the web pods are of the release without it");
  cluster.wait(600);
  cluster.record("it has baked, and nothing returns to the worker");
  expectGolden(golden("children"), cluster.story());
});

test("a migration that asks for quiet begins when worker and schedule rest, and gives back what the autoscaler had reached", () => {
  const cluster = new SimulatedCluster({
    migration: { command: ["migrate"], quiesce: true },
    workers: [{ name: "orders", command: ["work"], autoscaling: { minReplicas: 1, maxReplicas: 9 } }],
    schedules: [{ name: "report", cron: "* * * * *", command: ["report"] }],
  });
  cluster.record("the app is applied");
  cluster.endMigration("Complete");
  cluster.record("its migration has run");
  cluster.catchUp();
  cluster.write("Deployment/shop-worker-orders", { replicas: 6 });
  cluster.catchUp();
  cluster.record("the autoscaler came to six workers");
  cluster.wait(60);
  cluster.edit({ image: "ghcr.io/acme/shop:2" });
  cluster.report("CronJob/shop-report", { active: [{ name: "shop-report-1" }] });
  cluster.record("a second image is released while a run is under way");
  cluster.wait(2);
  cluster.catchUp();
  cluster.pods(podOf("orders-1", "worker-orders", { phase: "Running" }, { deletionTimestamp: "2026-11-27T08:02:10Z" }));
  cluster.record("one worker still drains");
  cluster.wait(10);
  cluster.pods();
  cluster.report("CronJob/shop-report", {});
  cluster.record("all rest");
  cluster.wait(20);
  cluster.endMigration("Failed", "Job has reached the specified backoff limit");
  cluster.record("the migration fails");
  cluster.catchUp();
  cluster.record("the workers are back");
  expectGolden(golden("quiesce"), cluster.story());
});

test("a release waits until the migration of the one before has ended", () => {
  const cluster = givenSecondRelease();
  const [job = ""] = cluster.names("Job/shop-migrate-").slice(-1);
  cluster.pods(
    podOf(
      "migrate-1",
      "migration",
      { phase: "Running" },
      { labels: { [COMPONENT_LABEL]: "migration", "batch.kubernetes.io/job-name": job } },
    ),
  );
  cluster.record("its migration runs");
  cluster.wait(10);
  cluster.edit({ image: "ghcr.io/acme/shop:3" });
  cluster.record("a third image is released");
  cluster.wait(30);
  cluster.endMigration("Complete");
  cluster.pods();
  cluster.record("the migration has ended");
  expectGolden(golden("overlapping-migrations"), cluster.story());
});

test("a contract migration fails, is tried again, and leaves the release before it behind", () => {
  const migration = { command: ["migrate"], contract: { command: ["contract"], afterSeconds: 60 } };
  const cluster = new SimulatedCluster({ migration });
  const release = (title: string) => {
    cluster.record(title);
    cluster.endMigration("Complete");
    cluster.record("its migration has run");
    cluster.catchUp();
    cluster.record("its pod is ready");
  };
  release("the app is applied");
  cluster.edit({ image: "ghcr.io/acme/shop:2" });
  release("a second image is released at once");
  cluster.wait(600);
  cluster.record("it has baked");
  cluster.wait(59);
  cluster.record("its time has not come");
  cluster.wait(1);
  cluster.record("its time has come");
  cluster.wait(10);
  cluster.endMigration("Failed", "Job has reached the specified backoff limit");
  cluster.logs("relation orders_old is locked");
  cluster.record("it fails");
  cluster.wait(10);
  cluster.ask("retry", "1");
  cluster.record("a user asks for another try");
  cluster.wait(10);
  cluster.endMigration("Complete");
  cluster.record("it has run");
  cluster.wait(60);
  cluster.ask("rollback", "1");
  cluster.record("a user asks for the release before");
  cluster.edit({ image: "ghcr.io/acme/shop:1" });
  cluster.record("the spec asks for it");
  cluster.edit({ image: "ghcr.io/acme/shop:3" });
  cluster.record("the spec asks for a newer one");
  expectGolden(golden("contract"), cluster.story());
});
