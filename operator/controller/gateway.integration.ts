import { join } from "node:path";
import { execa } from "execa";
import { Registry } from "prom-client";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type ControlPlane, gatewayApiCrds, startControlPlane } from "../../e2e/cluster/index.ts";
import { scalableApps } from "../api/kind.ts";
import { createKubeClient } from "../kube/client.ts";
import type { KubeClient } from "../kube/client.ts";
import * as resources from "../kube/resources.ts";
import { createNamespace } from "../kube/testing/namespace.ts";
import { defaultImages } from "../resources/images.ts";
import { unowned } from "../testing/kubectl.ts";
import { childOf } from "../testing/rendered.ts";
import { silentLogger } from "../testing/silent-logger.ts";
import { createController } from "./controller.ts";
import { createWorkerLimit } from "./worker-limit.ts";

// A control plane of its own: the Gateway API comes and goes in it.
let plane: ControlPlane;
let people: KubeClient;
let namespace: string;
const stop = new AbortController();
let leading: Promise<void> = Promise.resolve();
const patience = { timeout: 60_000, interval: 100 };
const match = { header: { name: "x-canary", value: "yes" } };
const routing = { hosts: ["shop.example.com"], gateway: { name: "public", namespace: "edge" }, webSockets: ["/ws"] };
const spec = { image: "shop:1", stage: "mvp", rollout: { strategy: "canary", canary: { match } }, routing };

async function kubectl(...words: readonly string[]): Promise<void> {
  await execa(plane.kubectl, ["--kubeconfig", plane.kubeconfig, ...words]);
}

beforeAll(async () => {
  plane = await startControlPlane({ name: "gateway", crds: [join(import.meta.dirname, "../../crds")] });
  people = createKubeClient({ kubeConfig: plane.kubeconfig, userAgent: "people" });
  namespace = await createNamespace(people, "gateway");
  const controller = createController({
    client: createKubeClient({ kubeConfig: plane.kubeconfig, userAgent: "operator" }),
    logger: silentLogger,
    registry: new Registry(),
    now: () => Date.now(),
    workers: createWorkerLimit({ least: 1 }),
    options: {
      watchNamespaces: [namespace],
      secretAccess: "get",
      pgbouncerImage: defaultImages.pgbouncer,
      redisImage: defaultImages.redis,
      postgresImage: defaultImages.postgres,
      resyncSeconds: 600,
    },
  });
  await controller.start(stop.signal);
  leading = controller.runAsLeader(stop.signal);
});

afterAll(async () => {
  stop.abort();
  await leading;
  await people.close();
  await plane.stop();
});

async function applyApp(given: object): Promise<void> {
  const object = { apiVersion: "scalableapp.dev/v1alpha1", kind: "ScalableApp", metadata: { name: "shop", namespace }, spec: given };
  await people.apply(scalableApps, object, { fieldManager: "test", force: true });
}

async function becomes(type: string, expected: string): Promise<void> {
  await vi.waitFor(async () => {
    const { status } = (await people.get(scalableApps, namespace, "shop")) as {
      status?: { conditions?: { type: string; status: string; reason: string }[] };
    };
    const found = status?.conditions?.find((each) => each.type === type);
    expect(`${found?.status} ${found?.reason}`).toBe(expected);
  }, patience);
}

async function route() {
  return people.get(resources.httpRoutes, namespace, "shop-web");
}

/** Answers as a gateway would. */
async function answer(accepted: "True" | "False", reason: string): Promise<void> {
  const at = { lastTransitionTime: "2026-01-01T00:00:00Z", message: "", observedGeneration: (await route())?.metadata.generation };
  const conditions = [
    { type: "Accepted", status: accepted, reason, ...at },
    { type: "ResolvedRefs", status: "True", reason: "ResolvedRefs", ...at },
  ];
  const parents = [{ parentRef: { name: "public", namespace: "edge" }, controllerName: "example.com/gateway", conditions }];
  await people.mergePatch(resources.httpRoutes, namespace, "shop-web", { patch: { status: { parents } }, subresource: "status" });
}

test("without the Gateway API an app runs, and says what it misses", async () => {
  await applyApp(spec);
  await vi.waitFor(async () => expect(await people.get(resources.deployments, namespace, "shop-web")).toBeDefined(), patience);
  await becomes("Routed", "False GatewayApiMissing");
});

test("once it is installed, the route is made, and the API server adds nothing to it", async () => {
  const crds = await gatewayApiCrds();
  await kubectl("apply", "--server-side", "-f", join(crds, "gateway.networking.k8s.io_httproutes.yaml"));
  await vi.waitFor(async () => expect((await route())?.["spec"]).toEqual(childOf(spec, "web/http-route").object["spec"]), patience);
  await becomes("Routed", "False RoutePending");
});

test("a route with a canary in it is as the API server would store it, too", async () => {
  const placement = { stable: "stable", router: { joint: false, share: { weight: 5, reachable: true } } };
  const { object: shared } = childOf(spec, "web/http-route", placement);
  const probe = { ...unowned(shared), metadata: { name: "probe", namespace } };
  expect((await people.create(resources.httpRoutes, probe))["spec"]).toEqual(shared["spec"]);
});

test("the gateway's answer becomes the condition, and the route is left alone", async () => {
  const before = (await route())?.metadata.generation;
  await answer("True", "Accepted");
  await becomes("Routed", "True Routed");
  await answer("False", "NotAllowedByListeners");
  await becomes("Routed", "False RouteNotAccepted");
  expect((await route())?.metadata.generation).toBe(before);
});

test("an edit of the route by hand is put back, an added backend too", async () => {
  const rules = (await route())?.["spec"] as { rules: { backendRefs: object[] }[] };
  const edited = rules.rules.map((rule) => ({ ...rule, backendRefs: [...rule.backendRefs, { name: "other", port: 80 }] }));
  await people.mergePatch(resources.httpRoutes, namespace, "shop-web", { patch: { spec: { rules: edited } } });
  await vi.waitFor(async () => expect((await route())?.["spec"]).toEqual(childOf(spec, "web/http-route").object["spec"]), patience);
});

test("without routing the route goes, and the Service finds all web pods again", async () => {
  const { routing: _routing, ...unrouted } = spec;
  await applyApp({ ...unrouted, rollout: { strategy: "canary" } });
  await vi.waitFor(async () => expect(await route()).toBeUndefined(), patience);
  const selector = { "scalableapp.dev/app": "shop", "app.kubernetes.io/component": "web" };
  expect((await people.get(resources.services, namespace, "shop-web"))?.["spec"]).toMatchObject({ selector });
  expect((await people.get(resources.services, namespace, "shop-web"))?.["spec"]).not.toHaveProperty(["selector", "scalableapp.dev/track"]);
});

test("when the Gateway API is removed, the operator goes on", async () => {
  await applyApp(spec);
  await vi.waitFor(async () => expect(await route()).toBeDefined(), patience);
  await kubectl("delete", "crd", "httproutes.gateway.networking.k8s.io");
  await becomes("Routed", "False GatewayApiMissing");
});
