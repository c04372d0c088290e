import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { KubeClient } from "./client.ts";
import { createKubeClient } from "./client.ts";
import type { Informer, InformerOptions } from "./informer.ts";
import type { InformerEvent } from "./store.ts";
import { createInformer } from "./informer.ts";
import { pods } from "./resources.ts";
import type { FakeApiServer, ReceivedRequest } from "./testing/fake-api-server.ts";
import { sendJson, startFakeApiServer, status } from "./testing/fake-api-server.ts";
import { createHastyClock, until } from "./testing/fake-clock.ts";

let server: FakeApiServer;
let client: KubeClient;
let stop: AbortController;

beforeEach(async () => {
  server = await startFakeApiServer();
  client = createKubeClient({ kubeConfig: server.kubeConfig, userAgent: "test/1" });
  stop = new AbortController();
});
afterEach(async () => {
  vi.useRealTimers();
  stop.abort();
  await client.close();
  await server.close();
});

interface Watched {
  readonly informer: Informer;
  readonly events: InformerEvent[];
  readonly clock: ReturnType<typeof createHastyClock>;
  /** Events as "type name@version uid". */
  reported(): string[];
}

function follow(options: Partial<InformerOptions> = {}): Watched {
  const clock = createHastyClock();
  const informer = createInformer({ client, resource: pods, clock, ...options });
  const events: InformerEvent[] = [];
  informer.onEvent((change) => events.push(change));
  informer.start(stop.signal);
  return { informer, events, clock, reported: () => events.map(({ type, object }) => `${type} ${describeObject(object)}`) };
}

function describeObject(object: { metadata: { name: string; uid?: string; resourceVersion?: string } }): string {
  return `${object.metadata.name}@${object.metadata.resourceVersion} ${object.metadata.uid}`;
}

function pod(name: string, version: number, uid = `uid-${name}`, extra: Record<string, unknown> = {}): Record<string, unknown> {
  return { metadata: { name, namespace: "shop", uid, resourceVersion: String(version), managedFields: [{}] }, ...extra };
}

function list(version: number, ...items: unknown[]): unknown {
  return { kind: "PodList", metadata: { resourceVersion: String(version) }, items };
}

function event(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}

function isWatch(request: ReceivedRequest): boolean {
  return request.url.searchParams.get("watch") === "true";
}

/** Answers lists with the bodies in turn (the last one again and again) and watches with the functions in turn. */
function script(lists: readonly unknown[], watches: readonly ((response: ServerResponse) => void)[]): void {
  let nextList = 0;
  let nextWatch = 0;
  server.handle((request, response) => {
    if (isWatch(request)) {
      const answer = watches[Math.min(nextWatch, watches.length - 1)];
      nextWatch += 1;
      answer?.(response);
      return;
    }
    const body = lists[Math.min(nextList, lists.length - 1)];
    nextList += 1;
    sendJson(response, 200, body);
  });
}

function quiet(response: ServerResponse): void {
  response.writeHead(200).flushHeaders();
}

function stream(...lines: string[]): (response: ServerResponse) => void {
  return (response) => void response.writeHead(200).write(lines.join(""));
}

function streamThenEnd(...lines: string[]): (response: ServerResponse) => void {
  return (response) => void response.writeHead(200).end(lines.join(""));
}

function count(kind: "list" | "watch"): number {
  return server.requests.filter((request) => isWatch(request) === (kind === "watch")).length;
}

describe("list and watch", () => {
  test("pages the list by 500, then watches from its version with bookmarks and a random server timeout", async () => {
    server.handle((request, response) => {
      if (isWatch(request)) quiet(response);
      else if (request.url.searchParams.get("continue") === null) {
        sendJson(response, 200, { metadata: { resourceVersion: "10", continue: "token" }, items: [pod("a", 1)] });
      } else sendJson(response, 200, list(10, pod("b", 2)));
    });
    const { informer, reported } = follow({ random: () => 0.5 });
    await informer.synced;
    expect(reported()).toEqual(["added a@1 uid-a", "added b@2 uid-b"]);
    await until(() => count("watch") === 1);
    const [first, second, watch] = server.requests.map((request) => Object.fromEntries(request.url.searchParams));
    expect(first).toEqual({ limit: "500" });
    expect(second).toEqual({ limit: "500", continue: "token" });
    expect(watch).toEqual({ watch: "true", allowWatchBookmarks: "true", resourceVersion: "10", timeoutSeconds: "450" });
    expect(informer.health()).toMatchObject({ state: "watching", synced: true, objects: 2, relists: 0 });
  });

  test("follows adds, updates, deletes and bookmarks; a watch that ends resumes after the last of them without a list", async () => {
    const bookmark = event("BOOKMARK", { metadata: { resourceVersion: "20" } });
    const changes = [event("ADDED", pod("b", 11)), event("MODIFIED", pod("a", 12)), event("DELETED", pod("b", 13)), bookmark];
    script([list(10, pod("a", 1))], [streamThenEnd(...changes), quiet]);
    const { informer, reported, events } = follow();
    await until(() => count("watch") === 2);
    expect(reported()).toEqual(["added a@1 uid-a", "added b@11 uid-b", "updated a@12 uid-a", "deleted b@13 uid-b"]);
    expect(events[2]?.old?.metadata.resourceVersion).toBe("1");
    expect(server.requests.at(-1)?.url.searchParams.get("resourceVersion")).toBe("20");
    expect(informer.lastResourceVersion("shop")).toBe("20");
    expect(count("list")).toBe(1);
  });

  test("pitfall 17: no reader can change what is cached, which carries no managedFields; transform slims objects", async () => {
    script([list(10, pod("a", 1, "u", { spec: { a: [{ deep: 1 }] }, junk: "x" }))], [quiet]);
    const { informer } = follow({ transform: ({ junk: _junk, ...rest }) => rest });
    await informer.synced;
    const object = informer.get("shop/a");
    const expected = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "a", namespace: "shop", uid: "u", resourceVersion: "1" },
      spec: { a: [{ deep: 1 }] },
    };
    expect(object).toEqual(expected);
    Object.assign(object?.metadata ?? {}, { name: "b" });
    Object.assign(object?.["spec"] ?? {}, { a: [] });
    expect(informer.get("shop/a")).toEqual(expected);
  });

  test("a transform that asks for managedFields sees them, and still none are kept", async () => {
    script([list(10, pod("a", 1))], [quiet]);
    const { informer } = follow({ managedFields: true, transform: (object) => ({ ...object, seen: { ...object.metadata } }) });
    await informer.synced;
    expect(informer.get("shop/a")).toMatchObject({ seen: { managedFields: [{}] } });
    expect(informer.get("shop/a")?.metadata).not.toHaveProperty("managedFields");
  });

  test("finds objects by owner and by a supplied index, and by namespace", async () => {
    const owned = {
      metadata: { name: "c", namespace: "other", uid: "u", resourceVersion: "3", ownerReferences: [{ uid: "owner-1" }] },
      node: "n1",
    };
    script([list(10, pod("a", 1), owned)], [quiet]);
    const { informer } = follow({ indexes: { node: (object) => (typeof object["node"] === "string" ? [object["node"]] : []) } });
    await informer.synced;
    expect(informer.ownedBy("owner-1").map((object) => object.metadata.name)).toEqual(["c"]);
    expect(informer.byIndex("node", "n1").map((object) => object.metadata.name)).toEqual(["c"]);
    expect(informer.list("shop").map((object) => object.metadata.name)).toEqual(["a"]);
    expect(informer.list()).toHaveLength(2);
    expect(() => informer.byIndex("typo", "x")).toThrow('no index named "typo"');
  });

  test("several namespaces are followed apart, and synced only together", async () => {
    let releaseSecond: (() => void) | undefined;
    server.handle((request, response) => {
      if (isWatch(request)) quiet(response);
      else if (request.url.pathname.includes("/namespaces/one/")) sendJson(response, 200, list(5));
      else releaseSecond = () => sendJson(response, 200, list(9));
    });
    const { informer } = follow({ namespaces: ["one", "two"] });
    await until(() => informer.lastResourceVersion("one") === "5" && releaseSecond !== undefined);
    expect(informer.hasSynced()).toBe(false);
    expect(informer.lastResourceVersion()).toBeUndefined();
    releaseSecond?.();
    await informer.synced;
    expect(informer.lastResourceVersion()).toBe("5");
  });
});

describe("what goes wrong", () => {
  test("pitfalls 1, 2 and 5: a quiet watch is left alone for 149 s, kept by a byte, and dead after 150 s of silence", async () => {
    let watch: ServerResponse | undefined;
    script([list(10)], [(response) => (quiet(response), (watch ??= response))]);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { informer } = follow({ clock: { ...createHastyClock(), sleep: () => Promise.resolve() } });
    await vi.waitFor(() => expect(watch).toBeDefined());
    await vi.advanceTimersByTimeAsync(149_000);
    expect([informer.health().restarts, count("watch")]).toEqual([0, 1]);
    watch?.write(event("BOOKMARK", { metadata: { resourceVersion: "11" } }));
    await vi.waitFor(() => expect(informer.lastResourceVersion()).toBe("11"));
    await vi.advanceTimersByTimeAsync(149_000);
    expect(informer.health().restarts).toBe(0);
    await vi.advanceTimersByTimeAsync(2000);
    await vi.waitFor(() => expect(count("watch")).toBe(2));
    expect(informer.health()).toMatchObject({ restarts: 1, relists: 0 });
    expect(server.requests.at(-1)?.url.searchParams.get("resourceVersion")).toBe("11");
  });

  test("pitfall 5: a half-open connection is noticed by the watchdog and the watch resumed", async () => {
    script([list(10, pod("a", 1))], [quiet, stream(event("MODIFIED", pod("a", 12)))]);
    const { reported } = follow({ idleMs: 60 });
    await until(() => reported().includes("updated a@12 uid-a"));
    expect(count("list")).toBe(1);
  });

  test.each([
    ["as HTTP status", (response: ServerResponse) => sendJson(response, 410, status(410, "Expired", "too old resource version"))],
    ["in the stream", stream(event("ERROR", status(410, "Expired", "too old resource version")))],
  ])("pitfall 12: 410 %s leads to a relist with synthetic deletes", async (_form, gone) => {
    script([list(10, pod("a", 1), pod("b", 2)), list(30, pod("b", 2), pod("c", 25))], [gone, quiet]);
    const { informer, reported } = follow();
    await until(() => informer.health().relists === 1);
    expect(reported().slice(2)).toEqual(["added c@25 uid-c", "deleted a@1 uid-a"]);
    await until(() => count("watch") === 2);
    expect(server.requests.at(-1)?.url.searchParams.get("resourceVersion")).toBe("30");
  });

  test("a continue token that expired half-way leads to one unpaged list", async () => {
    server.handle((request, response) => {
      const { searchParams } = request.url;
      if (isWatch(request)) quiet(response);
      else if (searchParams.get("continue") !== null) sendJson(response, 410, status(410, "Expired", "token"));
      else if (searchParams.get("limit") === null) sendJson(response, 200, list(12, pod("a", 1), pod("b", 2)));
      else sendJson(response, 200, { metadata: { resourceVersion: "10", continue: "token" }, items: [pod("a", 1)] });
    });
    const { informer } = follow();
    await informer.synced;
    expect(informer.list()).toHaveLength(2);
    expect(informer.lastResourceVersion()).toBe("12");
  });

  test.each([
    ["a 500", (response: ServerResponse) => sendJson(response, 500, status(500, "InternalError", "boom"))],
    ["a 403", (response: ServerResponse) => sendJson(response, 403, status(403, "Forbidden", "no"))],
    ["a reset", (response: ServerResponse) => void response.destroy()],
    ["an error event", stream(event("ERROR", status(500, "InternalError", "etcd")))],
    ["an end at once", streamThenEnd()],
  ])("pitfall 3: the watch goes on after %s, without a list", async (_what, failure) => {
    script([list(10)], [failure, failure, stream(event("ADDED", pod("a", 11)))]);
    const { informer, reported } = follow();
    await until(() => reported().includes("added a@11 uid-a"));
    expect(informer.health()).toMatchObject({ restarts: 2, relists: 0, state: "watching" });
    expect(count("list")).toBe(1);
  });

  test.each([500, 403, 404])("pitfall 3: a list that fails with %i is tried again until it succeeds", async (code) => {
    let failures = 0;
    let missing: string | undefined;
    server.handle((request, response) => {
      if (isWatch(request)) quiet(response);
      else if (failures < 6) sendJson(response, code, ((failures += 1), status(code, "Whatever", "no")));
      else {
        missing = informer.health().state;
        sendJson(response, 200, list(3));
      }
    });
    const { informer } = follow();
    await informer.synced;
    await until(() => informer.health().state === "watching");
    expect(missing).toBe({ 500: "listing", 403: "forbidden", 404: "missing" }[code]);
  });

  test("pitfall 4: failures back off with growing, jittered delays, one watch at a time", async () => {
    let open = 0;
    let most = 0;
    server.handle((request, response) => {
      if (!isWatch(request)) {
        sendJson(response, 200, list(1));
        return;
      }
      open += 1;
      most = Math.max(most, open);
      response.on("close", () => (open -= 1));
      response.destroy();
    });
    const { informer, clock } = follow({ random: () => 0.999_999 });
    await until(() => informer.health().restarts >= 8);
    stop.abort();
    expect(clock.sleeps.slice(0, 8).map((ms) => Math.round(ms / 100) / 10)).toEqual([0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30]);
    expect(most).toBe(1);
  });

  test("pitfall 15: a malformed line is never skipped: the cache is listed again", async () => {
    script([list(10, pod("a", 1)), list(12, pod("a", 1), pod("b", 11))], [stream("{broken\n"), quiet]);
    const { informer, reported } = follow();
    await until(() => informer.health().relists === 1);
    expect(reported()).toEqual(["added a@1 uid-a", "added b@11 uid-b"]);
  });

  test("pitfall 15: an event with a raw U+2028 in it is not lost", async () => {
    script([list(10)], [stream(event("ADDED", pod("a", 11, "u", { note: "x\u2028y" })))]);
    const { informer, reported } = follow();
    await until(() => reported().length === 1);
    expect(informer.get("shop/a")?.["note"]).toBe("x\u2028y");
  });

  test("pitfall 16: deletion and recreation in a gap is a delete and an add, by uid", async () => {
    script([list(10, pod("a", 1, "old")), list(30, pod("a", 29, "new"))], [stream(event("ERROR", status(410, "Gone", "x"))), quiet]);
    const { informer, reported } = follow();
    await until(() => informer.health().relists === 1);
    expect(reported()).toEqual(["added a@1 old", "deleted a@1 old", "added a@29 new"]);
  });

  test("a relist that finds nothing new says nothing", async () => {
    script([list(10, pod("a", 1)), list(30, pod("a", 1))], [stream("broken\n"), quiet]);
    const { informer, events } = follow();
    await until(() => informer.health().relists === 1);
    expect(events).toHaveLength(1);
  });

  test("pitfall 16: a stop during the list opens no watch and says nothing", async () => {
    let answer: (() => void) | undefined;
    server.handle((request, response) => {
      if (isWatch(request)) quiet(response);
      else answer = () => sendJson(response, 200, list(10, pod("a", 1)));
    });
    const { informer, events } = follow();
    await until(() => answer !== undefined);
    stop.abort();
    answer?.();
    await until(() => informer.health().state === "stopped");
    expect([count("watch"), events.length, informer.hasSynced()]).toEqual([0, 0, false]);
  });

  test("pitfall 16: a list that arrives in spite of the stop opens no watch either", async () => {
    const page = Promise.withResolvers<Awaited<ReturnType<KubeClient["list"]>>>();
    let watches = 0;
    const deaf: KubeClient = { ...client, list: () => page.promise, watch: (...args) => ((watches += 1), client.watch(...args)) };
    const { informer, events } = follow({ client: deaf });
    stop.abort();
    page.resolve({ items: [], resourceVersion: "10" });
    await until(() => informer.health().state === "stopped");
    expect([watches, events.length, informer.hasSynced()]).toEqual([0, 0, false]);
  });

  test("a stop ends an open watch", async () => {
    let closed = false;
    script([list(10)], [(response) => (quiet(response), void response.on("close", () => (closed = true)))]);
    const { informer } = follow();
    await until(() => count("watch") === 1);
    stop.abort();
    await until(() => closed && informer.health().state === "stopped");
    expect(count("watch")).toBe(1);
  });

  test("pitfall 14: a handler's exception is counted, and neither the event nor later ones are lost", async () => {
    script([list(10, pod("a", 1), pod("b", 2))], [stream(event("ADDED", pod("c", 11)))]);
    const informer = createInformer({ client, resource: pods, clock: createHastyClock() });
    const heard: string[] = [];
    informer.onEvent(() => {
      throw new Error("bug in a handler");
    });
    informer.onEvent(({ object }) => heard.push(object.metadata.name));
    informer.start(stop.signal);
    await until(() => heard.length === 3);
    expect(informer.health()).toMatchObject({ handlerErrors: 3, restarts: 0, state: "watching" });
  });

  test("an index function or a transform that throws costs only itself", async () => {
    script([list(10, pod("a", 1))], [stream(event("ADDED", pod("b", 11)))]);
    function broken(): never {
      throw new Error("bug");
    }
    const { informer, reported } = follow({ indexes: { broken }, transform: broken });
    await until(() => reported().length === 2);
    expect(informer.byIndex("broken", "x")).toEqual([]);
    expect(informer.health()).toMatchObject({ restarts: 0, state: "watching", objects: 2 });
    expect(informer.health().handlerErrors).toBeGreaterThan(0);
  });

  test("after the relist period the end of a watch leads to a list, so that an event lost unseen is repaired", async () => {
    script([list(10, pod("a", 1)), list(30)], [streamThenEnd(event("BOOKMARK", { metadata: { resourceVersion: "11" } })), quiet]);
    const { reported } = follow({ relistMs: 0 });
    await until(() => count("list") >= 2 && reported().length >= 2);
    expect(reported()).toEqual(["added a@1 uid-a", "deleted a@1 uid-a"]);
  });
});
