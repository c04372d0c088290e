import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { conditionOf, givenNamespace, givenPostgres, isReady, podsOf, reachable } from "../scenario/given.ts";
import { eventually, must, type Thing } from "../scenario/kubectl.ts";
import { installOperator } from "../scenario/operator.ts";
import { underLoad } from "../scenario/release-run.ts";
import { givenShop, type Shop } from "../scenario/shop.ts";
import { testCluster } from "../scenario/test-cluster.ts";

const { kubectl, kubeconfig, helm } = testCluster();
const namespace = "e2e-secret-identity";
const rollout = {
  strategy: "canary",
  canary: { steps: [{ weight: 50, pauseSeconds: 2 }], analysis: { enabled: false } },
  progressDeadlineSeconds: 120,
  bakeSeconds: 2,
};
const carried = "scalableapp.dev/secrets";
let shop: Shop;

const psql = async (query: string) =>
  (await kubectl.run("-n", namespace, "exec", "deploy/db", "--", "psql", "-U", "shop", "-d", "shop", "-tAc", query)).trim();
const namesOf = (things: readonly Thing[]) => things.map(({ metadata }) => metadata.name).toSorted();
const appPods = async () => [...(await podsOf(kubectl, namespace, "web")), ...(await podsOf(kubectl, namespace, "worker-orders"))];
const eventReasons = async () => kubectl.run("-n", namespace, "get", "events.events.k8s.io", "-o", "jsonpath={.items[*].reason}");

/** All that must be as it was, whatever happens to a Secret. */
async function identity() {
  const { status } = await shop.now();
  const revisions = await kubectl.run("-n", namespace, "get", "controllerrevisions", "-o", "jsonpath={.items[*].metadata.resourceVersion}");
  const { stable, candidate, phase, stepStartedAt } = status.release;
  return {
    release: { stable, candidate, phase, stepStartedAt },
    quarantined: status.quarantined,
    jobs: namesOf(await kubectl.list(namespace, "jobs", "scalableapp.dev/app=shop,app.kubernetes.io/component=migration")),
    revisions,
  };
}

/** An edit that is no release: once it is observed, the operator has looked at everything again. */
async function lookedAgain(revisionHistory: number): Promise<void> {
  const patch = JSON.stringify({ spec: { rollout: { revisionHistory } } });
  await kubectl.run("-n", namespace, "patch", "scalableapp", "shop", "--type=merge", "-p", patch);
  await eventually("the operator has looked again", async () => {
    const { metadata, status } = await shop.now();
    must(status.observedGeneration === metadata.generation, `generation ${status.observedGeneration} of ${metadata.generation}`);
  });
}

/** Waits until no pod of before is left, and as many are ready. */
async function restarted(before: readonly Thing[]): Promise<readonly Thing[]> {
  return eventually(
    "every pod has restarted",
    async () => {
      const now = await appPods();
      const old = now.filter((pod) => namesOf(before).includes(pod.metadata.name));
      must(old.length === 0, `${namesOf(old).join(", ")} run still`);
      must(now.length === before.length && now.every(isReady), `${now.filter(isReady).length} of ${before.length} are ready`);
      return now;
    },
    180,
  );
}

async function write(name: string, stringData: Readonly<Record<string, string>>): Promise<void> {
  await kubectl.run("-n", namespace, "patch", "secret", name, "-p", JSON.stringify({ stringData }));
}

beforeAll(async () => {
  await installOperator({ helm, kubeconfig, values: ["secretAccess=watch"] });
  await givenNamespace(kubectl, namespace);
  await givenPostgres(kubectl, namespace);
  await kubectl.run("-n", namespace, "create", "secret", "generic", "api", "--from-literal=API_TOKEN=one");
  shop = await givenShop({ kubectl, namespace, name: "shop", rollout, spec: { envFrom: [{ secretRef: { name: "api" } }] } });
  await reachable(shop.url);
});

afterAll(async () => {
  await kubectl.deleteNamespace(namespace);
  await installOperator({ helm, kubeconfig });
});

describe("given a release in quarantine", () => {
  beforeAll(async () => {
    await psql("create role shop2 superuser login password 'two'");
    await shop.release({ env: { FAULT_CRASH_AFTER_SECONDS: "1" } });
    await eventually("the release is in quarantine", async () => {
      const { status } = await shop.now();
      must(status.release.phase === "Failed" && status.quarantined?.length === 1, status.release.message ?? status.release.phase);
    });
    await eventually("only stable pods are left", async () => must((await appPods()).length === 3, "the canary's are there still"));
  });

  test("when its Secrets are labelled, annotated and restored, then the quarantine stays, no Job runs and no pod restarts", async () => {
    const [before, pods] = [await identity(), namesOf(await appPods())];
    await kubectl.run("-n", namespace, "label", "secret", "api", "shop-db", "team=a");
    await kubectl.run("-n", namespace, "annotate", "secret", "api", "shop-db", "refreshed-at=now");
    await lookedAgain(11);
    await kubectl.run("-n", namespace, "delete", "secret", "api");
    await kubectl.run("-n", namespace, "create", "secret", "generic", "api", "--from-literal=API_TOKEN=one");
    await lookedAgain(12);
    expect(await identity()).toEqual(before);
    expect(namesOf(await appPods())).toEqual(pods);
    expect(await eventReasons()).not.toContain("SecretChanged");
  });

  test("when the database URL names another user, then pods restart in turn, no request fails, and the quarantine stays", async () => {
    const [before, pods] = [await identity(), await appPods()];
    const load = await underLoad(shop.url, async () => {
      await write("shop-db", { url: "postgres://shop2:two@db:5432/shop" });
      await restarted(pods);
    });
    expect(load).toMatchObject({ failed: 0, failures: [] });
    expect(await identity()).toEqual(before);
    for (const pod of await appPods()) expect(pod.metadata.labels?.["scalableapp.dev/release"]).toBe(before.release.stable);
    expect(Number(await psql("select count(*) from pg_stat_activity where usename = 'shop2'"))).toBeGreaterThan(0);
    expect(await eventReasons()).toContain("SecretChanged");
    expect(conditionOf(await shop.now(), "Degraded")).toMatchObject({ status: "True", reason: "ReleaseQuarantined" });
  });
});

describe("given a canary that waits for a promotion", () => {
  beforeAll(async () => {
    await shop.release({ rollout: { canary: { steps: [{ weight: 50 }], analysis: { enabled: false } } } });
    await eventually(
      "the canary waits",
      async () => {
        const { status } = await shop.now();
        must(status.release.pause?.reason === "Step", status.release.message ?? status.release.phase);
      },
      240,
    );
  });

  test("when a value changes, then pods of both tracks restart with it, the step stays, and the canary can be promoted", async () => {
    const [before, pods] = [await identity(), await appPods()];
    const load = await underLoad(shop.url, async () => {
      await write("api", { API_TOKEN: "two" });
      await restarted(pods);
    });
    expect(load).toMatchObject({ failed: 0, failures: [] });
    expect(await identity()).toEqual(before);
    for (const deployment of ["shop-web", "shop-web-canary", "shop-worker-orders"]) {
      const found = await kubectl.get(namespace, "deployment", deployment);
      expect(found?.spec.template.metadata.annotations[carried], deployment).toMatch(/^api=[0-9a-f]{10},shop-db=[0-9a-f]{10}$/);
    }
    await shop.ask("promote");
    await eventually("the canary is stable", async () => must((await shop.stable()) === before.release.candidate, "not yet"));
  });
});
