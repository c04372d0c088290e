import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { KubeClientOptions } from "./client.ts";
import type { RequestObservation } from "./operations.ts";
import { createKubeClient } from "./client.ts";
import { KubeError } from "./errors.ts";
import type { KubeObject } from "../base/object.ts";
import { configMaps, deployments, leases, pods } from "./resources.ts";
import type { FakeApiServer } from "./testing/fake-api-server.ts";
import { sendJson, startFakeApiServer, status, TOKEN } from "./testing/fake-api-server.ts";
import { until } from "./testing/fake-clock.ts";

let server: FakeApiServer;
const closers: (() => Promise<void>)[] = [];

beforeEach(async () => {
  server = await startFakeApiServer();
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  await server.close();
});

function open(options: Partial<KubeClientOptions> = {}): ReturnType<typeof createKubeClient> {
  const client = createKubeClient({ kubeConfig: server.kubeConfig, userAgent: "test/1", ...options });
  closers.push(() => client.close());
  return client;
}

function configMap(name: string, extra: Record<string, unknown> = {}): KubeObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace: "shop", name, resourceVersion: "7" }, ...extra };
}

const timedOut = { status: 0, reason: "Timeout" };

async function failureOf(call: Promise<unknown>): Promise<KubeError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof KubeError) return error;
    throw error;
  }
  throw new Error("the call did not fail");
}

describe("connections", () => {
  test("pitfall 6: 300 calls use one TLS connection", async () => {
    server.handle((_request, response) => sendJson(response, 200, configMap("a")));
    const client = open();
    for (let call = 0; call < 300; call += 1) await client.get(configMaps, "shop", "a");
    expect(server.requests).toHaveLength(300);
    expect(server.connections()).toBe(1);
  });

  test("pitfall 6: 300 calls at once use no more connections than may be in flight", async () => {
    let now = 0;
    let most = 0;
    server.handle(async (_request, response) => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      sendJson(response, 200, configMap("a"));
    });
    const client = open({ inFlightLimit: 4 });
    await Promise.all(Array.from({ length: 300 }, () => client.get(configMaps, "shop", "a")));
    expect(most).toBeLessThanOrEqual(4);
    expect(server.connections()).toBeLessThanOrEqual(4);
  });

  test("a lease renewal does not queue behind other calls that hang", async () => {
    server.handle((request, response) => {
      if (request.url.pathname.includes("/leases/")) sendJson(response, 200, { metadata: { namespace: "shop", name: "l" } });
    });
    const client = open({ inFlightLimit: 1 });
    const stop = new AbortController();
    const hanging = failureOf(client.get(configMaps, "shop", "a", { signal: stop.signal }));
    await expect(client.get(leases, "shop", "l")).resolves.toMatchObject({ kind: "Lease" });
    stop.abort();
    await hanging;
  });

  test("the user agent and the token are sent, the token never shows in an error", async () => {
    server.handle((_request, response) => sendJson(response, 403, status(403, "Forbidden", "no")));
    const error = await failureOf(open().apply(configMaps, configMap("a", { data: { password: "canary-body" } }), { fieldManager: "x" }));
    expect(server.requests[0]?.headers).toMatchObject({ "user-agent": "test/1", authorization: `Bearer ${TOKEN}` });
    const shown = inspect(error, { depth: 10 }) + JSON.stringify(error);
    expect(shown).not.toContain(TOKEN);
    expect(shown).not.toContain("canary-body");
    expect(error.message).toBe("apply configmaps shop/a: 403 Forbidden: no");
  });
});

describe("deadlines", () => {
  test("pitfall 7: a call that is never answered ends in a Timeout", async () => {
    server.handle(() => undefined);
    const error = await failureOf(open({ writeTimeoutMs: 500 }).get(configMaps, "shop", "a"));
    expect(error).toMatchObject(timedOut);
    expect(server.requests.length).toBeLessThanOrEqual(1);
  });

  test("pitfall 7: a body that drips for ever ends in a Timeout", async () => {
    server.handle((_request, response) => void response.writeHead(200).write("{"));
    expect(await failureOf(open({ listTimeoutMs: 100 }).list(configMaps))).toMatchObject(timedOut);
  });

  test("the caller's signal ends a call at once, and the call counts as aborted", async () => {
    server.handle(() => undefined);
    const stop = new AbortController();
    const call = failureOf(open().get(configMaps, "shop", "a", { signal: stop.signal }));
    await until(() => server.requests.length === 1);
    stop.abort();
    expect(await call).toMatchObject({ status: 0, reason: "Aborted" });
  });
});

describe("retries", () => {
  test("pitfall 8: 429 is sent again after Retry-After, even a create", async () => {
    let answers = 0;
    server.handle((_request, response) => {
      answers += 1;
      if (answers === 1) sendJson(response, 429, status(429, "TooManyRequests", "slow down"), { "retry-after": "1" });
      else sendJson(response, 201, configMap("a"));
    });
    await open().create(configMaps, configMap("a"));
    const [first, second] = server.requests;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(990);
  });

  test("a Retry-After too long to hold a place for goes to the caller", async () => {
    server.handle((_request, response) => sendJson(response, 503, status(503, "ServiceUnavailable", "later"), { "retry-after": "60" }));
    const error = await failureOf(open().get(configMaps, "shop", "a"));
    expect(error.retryAfterSeconds).toBe(60);
    expect(server.requests).toHaveLength(1);
  });

  test.each(["get", "apply"] as const)("a 500 and a reset of %s are tried again", async (verb) => {
    let answers = 0;
    server.handle((_request, response) => {
      answers += 1;
      if (answers === 1) sendJson(response, 500, status(500, "InternalError", "etcd leader changed"));
      else if (answers === 2) response.destroy();
      else sendJson(response, 200, configMap("a"));
    });
    const client = open();
    const call =
      verb === "get" ? client.get(configMaps, "shop", "a") : client.apply(configMaps, configMap("a"), { fieldManager: "scalable-app" });
    await expect(call).resolves.toMatchObject({ metadata: { name: "a" } });
    expect(server.requests).toHaveLength(3);
  });

  test.each(["create", "update"] as const)("a 500 of %s is not tried again: it may have been executed", async (verb) => {
    server.handle((_request, response) => sendJson(response, 500, status(500, "InternalError", "etcdserver: request timed out")));
    const error = await failureOf(open()[verb](configMaps, configMap("a")));
    expect(error.status).toBe(500);
    expect(server.requests).toHaveLength(1);
  });

  test("an outage is not amplified: retries are a bounded share of the calls", async () => {
    server.handle((_request, response) => sendJson(response, 500, status(500, "InternalError", "down")));
    const client = open({ inFlightLimit: 50 });
    await Promise.allSettled(Array.from({ length: 200 }, () => client.get(configMaps, "shop", "a")));
    expect(server.requests.length).toBeLessThanOrEqual(200 + 10 + 0.2 * 200);
  });

  test("every attempt is observed with its status", async () => {
    const seen: RequestObservation[] = [];
    server.handle((_request, response) => sendJson(response, seen.length === 0 ? 500 : 200, configMap("a")));
    await open({ observe: (observation) => seen.push(observation) }).get(configMaps, "shop", "a");
    expect(seen.map(({ verb, resource, status: code }) => [verb, resource, code])).toEqual([
      ["get", "configmaps", 500],
      ["get", "configmaps", 200],
    ]);
  });
});

describe("the write gate", () => {
  test("stops a write before it leaves, and lets reads through", async () => {
    server.handle((_request, response) => sendJson(response, 200, configMap("a")));
    const client = open().withWriteGate(() => {
      throw new Error("not the leader");
    });
    await expect(client.apply(configMaps, configMap("a"), { fieldManager: "x" })).rejects.toThrow("not the leader");
    await expect(client.delete(configMaps, "shop", "a", { uid: "u" })).rejects.toThrow("not the leader");
    expect(server.requests).toHaveLength(0);
    await client.get(configMaps, "shop", "a");
    expect(server.requests).toHaveLength(1);
  });

  test("is asked again before a retry", async () => {
    let leader = true;
    server.handle((_request, response) => {
      leader = false;
      sendJson(response, 500, status(500, "InternalError", "down"));
    });
    const client = open().withWriteGate(() => {
      if (!leader) throw new Error("not the leader");
      return undefined;
    });
    await expect(client.apply(configMaps, configMap("a"), { fieldManager: "x" })).rejects.toThrow("not the leader");
    expect(server.requests).toHaveLength(1);
  });

  test("caps the time a write may take", async () => {
    server.handle(() => undefined);
    const client = open().withWriteGate(() => 50);
    expect(await failureOf(client.create(configMaps, configMap("a")))).toMatchObject(timedOut);
  });
});

describe("raw JSON", () => {
  test("pitfalls 9 and 13: fields of newer API versions survive read-modify-write, times stay strings", async () => {
    const stored = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", namespace: "shop", resourceVersion: "9", creationTimestamp: "2026-11-21T07:00:00.123456Z" },
      spec: { template: { spec: { containers: [{ name: "app", fieldOfTomorrow: { deep: [1, 2] } }] } } },
    };
    server.handle((_request, response) => sendJson(response, 200, stored));
    const client = open();
    const live = await client.get(deployments, "shop", "web");
    if (live === undefined) throw new Error("missing");
    await client.update(deployments, live);
    expect(JSON.parse(server.requests[1]?.body ?? "")).toEqual(stored);
  });

  test("pitfall 11: apply and patch name their content types", async () => {
    server.handle((_request, response) => sendJson(response, 200, configMap("a")));
    const client = open();
    await client.applyStatus(configMaps, configMap("a"), { fieldManager: "scalable-app", dryRun: true });
    await client.mergePatch(configMaps, "shop", "a", { patch: { data: null } });
    const [apply, patch] = server.requests;
    expect(apply?.headers["content-type"]).toBe("application/apply-patch+yaml");
    expect(apply?.url.pathname).toBe("/api/v1/namespaces/shop/configmaps/a/status");
    expect(Object.fromEntries(apply?.url.searchParams ?? [])).toEqual({ fieldManager: "scalable-app", force: "true", dryRun: "All" });
    expect(patch?.headers["content-type"]).toBe("application/merge-patch+json");
  });

  test("a delete names the uid and the resourceVersion it means; already gone is no error", async () => {
    server.handle((_request, response) => sendJson(response, 404, status(404, "NotFound", "gone")));
    await expect(open().delete(pods, "shop", "p", { uid: "u-1", resourceVersion: "5" })).resolves.toBe(false);
    expect(JSON.parse(server.requests[0]?.body ?? "")).toMatchObject({
      preconditions: { uid: "u-1", resourceVersion: "5" },
      propagationPolicy: "Background",
    });
  });

  test("lists are paged, and items know their kind, also when only metadata was asked for", async () => {
    server.handle((_request, response) => {
      const items = [{ apiVersion: "meta.k8s.io/v1", kind: "PartialObjectMetadata", metadata: { name: "a", namespace: "shop" } }];
      sendJson(response, 200, { metadata: { resourceVersion: "12", continue: "more" }, items });
    });
    const page = await open().list(deployments, { limit: 1, metadataOnly: true, labelSelector: "a=b" });
    expect(page).toMatchObject({ resourceVersion: "12", continue: "more", items: [{ apiVersion: "apps/v1", kind: "Deployment" }] });
    expect(server.requests[0]?.headers["accept"]).toContain("as=PartialObjectMetadataList");
    expect(server.requests[0]?.url.search).toBe("?labelSelector=a%3Db&limit=1");
  });

  test("an answer that is no Kubernetes JSON is an error that says what to check, without quoting it", async () => {
    server.handle((_request, response) => void response.writeHead(200).end("<html>canary-page</html>"));
    const error = await failureOf(open().get(configMaps, "shop", "a"));
    expect(error.reason).toBe("UnreadableAnswer");
    expect(inspect(error)).toContain("check the server address");
  });

  test("pod logs come as text", async () => {
    server.handle((_request, response) => void response.writeHead(200).end("line 1\nline 2\n"));
    await expect(open().podLogs("shop", "p", { container: "app", tailLines: 2 })).resolves.toBe("line 1\nline 2\n");
    expect(server.requests[0]?.url.search).toBe("?container=app&tailLines=2");
  });

  test.each(["", ".", ".."])("the name %j is refused before it reaches another path", async (name) => {
    await expect(open().get(configMaps, "shop", name)).rejects.toThrow("is not the name of a Kubernetes object");
    expect(server.requests).toHaveLength(0);
  });
});
