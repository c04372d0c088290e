import { afterEach, beforeEach, expect, test } from "vitest";
import { createKubeClient } from "./client.ts";
import type { KubeClient } from "./client.ts";
import { systemClock } from "../base/clock.ts";
import { createInformer, type Informer, type InformerOptions } from "./informer.ts";
import { httpRoutes } from "./resources.ts";
import { sendJson, startFakeApiServer, status, type FakeApiServer } from "./testing/fake-api-server.ts";
import { createHastyClock, until } from "./testing/fake-clock.ts";

let server: FakeApiServer;
let client: KubeClient;
let stop: AbortController;
/** Whether the API server knows the kind, and how often it was asked for a list. */
const world = { installed: false, looks: 0 };

beforeEach(async () => {
  server = await startFakeApiServer();
  client = createKubeClient({ kubeConfig: server.kubeConfig, userAgent: "test/1" });
  stop = new AbortController();
  Object.assign(world, { installed: false, looks: 0 });
  const metadata = { name: "shop-web", namespace: "retail", uid: "uid-1", resourceVersion: "2" };
  server.handle((request, response) => {
    const isWatch = request.url.searchParams.get("watch") === "true";
    if (!isWatch) world.looks += 1;
    if (!world.installed) sendJson(response, 404, status(404, "NotFound", "the server could not find the requested resource"));
    else if (!isWatch) sendJson(response, 200, { metadata: { resourceVersion: "3" }, items: [{ metadata }] });
    else response.writeHead(200).flushHeaders();
  });
});

afterEach(async () => {
  stop.abort();
  await client.close();
  await server.close();
});

function follow(options: Partial<InformerOptions>): { readonly informer: Informer; readonly reported: readonly string[] } {
  const informer = createInformer({ client, resource: httpRoutes, optional: true, ...options });
  const reported: string[] = [];
  informer.onEvent(({ type, object }) => reported.push(`${type} ${object.metadata.name}`));
  informer.onServed(() => reported.push("served"));
  informer.start(stop.signal);
  return { informer, reported };
}

test("a kind that is not installed is empty and synced, and found as soon as somebody asks for it", async () => {
  let now = 0;
  const longPauses = { clock: { ...systemClock, monotonic: () => now }, random: () => 0.999 };
  const { informer, reported } = follow(longPauses);
  await informer.synced;
  expect([informer.isServed(), informer.hasSynced(), world.looks]).toEqual([false, true, 1]);
  world.installed = true;
  now = 999;
  informer.lookAgain();
  expect(informer.health().state).toBe("missing");
  now = 1000;
  informer.lookAgain();
  await until(() => reported.length === 2);
  expect(reported).toEqual(["added shop-web", "served"]);
  expect([informer.isServed(), world.looks]).toEqual([true, 2]);
});

test("a kind that is installed later is found though nobody asks", async () => {
  const { informer, reported } = follow({ clock: createHastyClock() });
  await until(() => world.looks >= 5);
  world.installed = true;
  await until(() => reported.includes("served"));
  expect(informer.list()).toHaveLength(1);
});

test("a kind that is removed takes its objects with it", async () => {
  world.installed = true;
  const { informer, reported } = follow({ clock: createHastyClock() });
  await until(() => reported.includes("added shop-web"));
  world.installed = false;
  server.cut();
  await until(() => reported.includes("deleted shop-web"));
  expect([informer.isServed(), informer.hasSynced(), informer.list()]).toEqual([false, true, []]);
});

test("a kind that is not installed is looked for ever more rarely, ten minutes apart in the end", async () => {
  const clock = createHastyClock();
  follow({ clock, random: () => 1 });
  await until(() => clock.sleeps.length >= 7);
  expect(clock.sleeps.slice(0, 7)).toEqual([2000, 8000, 32_000, 128_000, 512_000, 600_000, 600_000]);
});

test("a kind that must be installed is waited for as after any failure", async () => {
  const clock = createHastyClock();
  follow({ clock, random: () => 1, optional: false });
  await until(() => clock.sleeps.length >= 8);
  expect(Math.max(...clock.sleeps.slice(0, 8))).toBe(30_000);
});
