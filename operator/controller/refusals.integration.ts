import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { scalableApps } from "../api/kind.ts";
import type { ScalableAppStatus } from "../api/status.ts";
import * as resources from "../kube/resources.ts";
import {
  applyApp,
  becomesStable,
  condition,
  connect,
  exists,
  kubectl,
  newNamespace,
  patience,
  people,
  releaseOf,
  secret,
  startOperator,
  touch,
  type Operator,
} from "../testing/live-operator.ts";

let operator: Operator;

beforeAll(async () => {
  connect();
  operator = await startOperator("refusals-integration");
});

afterAll(async () => {
  await operator.stop();
  await people.close();
});

const schedules = [{ name: "report", cron: "0 3 * * *", command: ["report"] }];
const spec = { image: "shop:1", schedules, rollout: { strategy: "rolling", bakeSeconds: 0, progressDeadlineSeconds: 30 } };

/** Applies any object as the administrator. */
async function given(object: { readonly metadata: object; readonly [key: string]: unknown }): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "refusals-"));
  await writeFile(join(folder, "object.json"), JSON.stringify(object));
  await kubectl("apply", "-f", join(folder, "object.json"));
  await rm(folder, { recursive: true });
}

/** What the app says of a child that is refused. */
async function refusalOf(namespace: string, name: string): Promise<NonNullable<ScalableAppStatus["refusals"]>[number]> {
  return vi.waitFor(async () => {
    const app = await people.get(scalableApps, namespace, "shop");
    const { refusals = [] } = (app?.["status"] ?? {}) as ScalableAppStatus;
    const found = refusals.find((refusal) => refusal.name === name);
    if (!found) throw new Error(`${name} is not refused: ${JSON.stringify(app?.["status"])}`);
    return found;
  }, patience);
}

/** Waits with touches, for by itself the operator tries only every 30 s. */
async function appears(resource: Parameters<typeof exists>[0], namespace: string, name: string): Promise<void> {
  await vi.waitFor(
    async () => {
      await touch(namespace);
      expect(await people.get(resource, namespace, name)).toBeDefined();
    },
    { timeout: 60_000, interval: 1000 },
  );
}

/** A policy of the cluster that denies what the expression matches, in one namespace; it is waited for. */
async function givenPolicy(
  namespace: string,
  kind: { readonly group: string; readonly plural: string },
  expression: string,
): Promise<() => Promise<void>> {
  const name = `${namespace}-${kind.plural}`;
  await given({
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name },
    spec: {
      failurePolicy: "Fail",
      matchConstraints: {
        resourceRules: [{ apiGroups: [kind.group], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: [kind.plural] }],
      },
      validations: [{ expression: `!(${expression})`, message: "not in this house" }],
    },
  });
  await given({
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name },
    spec: {
      policyName: name,
      validationActions: ["Deny"],
      matchResources: { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } },
    },
  });
  return async () => {
    await kubectl("delete", "validatingadmissionpolicybinding,validatingadmissionpolicy", name);
  };
}

/** Waits until a policy denies: the API server hears of it some moments later. */
async function denies(...args: readonly string[]): Promise<void> {
  await vi.waitFor(
    async () => {
      const denied = await kubectl(...args, "--dry-run=server").then(
        () => false,
        (error: unknown) => String(error).includes("not in this house"),
      );
      expect(denied).toBe(true);
    },
    { timeout: 60_000, interval: 500 },
  );
}

describe("a schedule that the API server refuses", () => {
  test("for a quota: the release is promoted, the field and the remedy are named, and the CronJob comes when there is room", async () => {
    const namespace = await newNamespace();
    const quota = {
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: { name: "none", namespace },
      spec: { hard: { "count/cronjobs.batch": "0" } },
    };
    await given(quota);
    await vi.waitFor(
      async () => expect(await kubectl("-n", namespace, "get", "quota", "none", "-o", "jsonpath={.status.hard}")).toContain("cronjobs"),
      patience,
    );
    await applyApp(namespace, spec);
    const refusal = await refusalOf(namespace, "shop-report");
    expect(refusal).toMatchObject({ kind: "CronJob", role: "schedule-report/cron-job", reason: "QuotaExceeded" });
    expect(refusal.message).toMatch(/exceeded quota: none.*Raise the ResourceQuota.*spec\.schedules\[report\]/u);
    expect(refusal).not.toHaveProperty("holdsBack");
    await becomesStable(namespace);
    expect(await condition(namespace, "Refused")).toMatchObject({ status: "True", reason: "QuotaExceeded" });
    await vi.waitFor(async () => {
      expect(await condition(namespace, "Ready")).toMatchObject({ status: "False", reason: "QuotaExceeded" });
      expect(await condition(namespace, "Progressing")).toMatchObject({ status: "False", reason: "QuotaExceeded" });
    }, patience);
    await kubectl("-n", namespace, "delete", "quota", "none");
    await appears(resources.cronJobs, namespace, "shop-report");
    await vi.waitFor(async () => expect(await condition(namespace, "Refused")).toEqual({}), patience);
  });

  test("for a policy: prune and a new release go on, and the message says whom to ask", async () => {
    const namespace = await newNamespace();
    const lift = await givenPolicy(namespace, { group: "batch", plural: "cronjobs" }, "object.metadata.name == 'shop-report'");
    await denies("-n", namespace, "create", "cronjob", "shop-report", "--image=x", "--schedule=* * * * *");
    await applyApp(namespace, { ...spec, workers: [{ name: "old", command: ["work"], replicas: 0 }] });
    const first = await becomesStable(namespace);
    await exists(resources.deployments, namespace, "shop-worker-old");
    expect((await refusalOf(namespace, "shop-report")).message).toMatch(
      /not in this house.*Change spec\.schedules\[report\] as the policy asks/u,
    );

    await applyApp(namespace, { ...spec, image: "shop:2" });
    await vi.waitFor(async () => expect(await releaseOf(namespace)).not.toBe(first), patience);
    await becomesStable(namespace);
    await vi.waitFor(async () => expect(await people.get(resources.deployments, namespace, "shop-worker-old")).toBeUndefined(), patience);
    expect(await people.get(resources.cronJobs, namespace, "shop-report")).toBeUndefined();
    await lift();
    await appears(resources.cronJobs, namespace, "shop-report");
  });
});

describe("a child that a release needs", () => {
  test("is refused: the release goes back at its deadline, and the quarantine says why", async () => {
    const namespace = await newNamespace();
    await applyApp(namespace, spec);
    const stable = await becomesStable(namespace);
    const lift = await givenPolicy(
      namespace,
      { group: "apps", plural: "deployments" },
      "object.spec.template.spec.containers[0].image == 'shop:bad'",
    );
    await denies("-n", namespace, "create", "deployment", "x", "--image=shop:bad");
    await applyApp(namespace, { ...spec, image: "shop:bad" });
    expect(await refusalOf(namespace, "shop-web")).toMatchObject({ role: "web/deployment", reason: "ApplyRefused" });
    expect(await condition(namespace, "Progressing")).toMatchObject({ status: "True" });
    await vi.waitFor(async () => {
      const { release } = ((await people.get(scalableApps, namespace, "shop"))?.["status"] ?? {}) as ScalableAppStatus;
      expect(release?.message).toContain("waits for Deployment shop-web, which is refused");
    }, patience);
    await vi.waitFor(
      async () => {
        const { release, quarantined = [] } = ((await people.get(scalableApps, namespace, "shop"))?.["status"] ?? {}) as ScalableAppStatus;
        expect(release).toMatchObject({ phase: "Failed", stable });
        expect(quarantined.at(-1)?.reason).toMatch(/Deployment shop-web is refused: .*not in this house.*spec\.web/u);
      },
      { timeout: 60_000, interval: 250 },
    );
    expect(await releaseOf(namespace)).toBe(stable);
    // The step is written down first, then driven.
    const labels = { "scalableapp.dev/release": stable };
    await vi.waitFor(
      async () =>
        expect((await exists(resources.cronJobs, namespace, "shop-report"))["spec"]).toMatchObject({
          jobTemplate: { spec: { template: { metadata: { labels } } } },
        }),
      patience,
    );
    await lift();
  });

  test("has a field that never changes: what to delete is named, and all goes on when it is done", async () => {
    const namespace = await newNamespace();
    await applyApp(namespace, { ...spec, envFrom: [{ secretRef: { name: "later" } }] });
    await exists(resources.serviceAccounts, namespace, "shop");
    const { uid } = (await exists(scalableApps, namespace, "shop")).metadata;
    const owner = { apiVersion: "scalableapp.dev/v1alpha1", kind: "ScalableApp", name: "shop", uid, controller: true };
    const template = { metadata: { labels: { other: "selector" } }, spec: { containers: [{ name: "app", image: "x" }] } };
    await given({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "shop-web", namespace, ownerReferences: [owner] },
      spec: { replicas: 0, selector: { matchLabels: { other: "selector" } }, template },
    });
    await secret(namespace, "later");
    await touch(namespace);
    const { message } = await refusalOf(namespace, "shop-web");
    expect(message).toMatch(
      /spec\.selector never changes: set spec\.web back to what it was, or delete Deployment shop-web, and the operator makes it again$/u,
    );
    expect(message).not.toContain("MatchExpressions");
    expect(await condition(namespace, "Progressing")).toMatchObject({ status: "True" });
    await exists(resources.cronJobs, namespace, "shop-report");
    await kubectl("-n", namespace, "delete", "deployment", "shop-web");
    await appears(resources.deployments, namespace, "shop-web");
    await becomesStable(namespace);
  });
});
