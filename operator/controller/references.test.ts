import { describe, expect, test } from "vitest";
import type { KubeObject } from "../base/object.ts";
import { configMaps, secrets } from "../kube/resources.ts";
import type { NamedReference } from "../plan/references.ts";
import { createFakeClient, refusal } from "../testing/fake-client.ts";
import type { SecretFacts } from "../plan/observe/secret-facts.ts";
import { secretMetadata } from "../testing/secrets.ts";
import { createFakeInformer } from "../testing/fake-informer.ts";
import { slimSecret } from "./transforms.ts";
import { ReferenceReader, type ReferenceReaderOptions } from "./references.ts";

const secret: NamedReference = { kind: "Secret", name: "db", optional: false };
const shop = { key: "retail/shop" };
const configMap: NamedReference = { kind: "ConfigMap", name: "settings", optional: false };

function object(kind: string, name: string, rest: object = {}): KubeObject {
  return { apiVersion: "v1", kind, metadata: { name, namespace: "retail", uid: `uid-${name}`, resourceVersion: "1" }, ...rest };
}

function createWorld(options: Partial<ReferenceReaderOptions> = {}) {
  const client = createFakeClient();
  const cache = createFakeInformer(configMaps);
  let now = 0;
  let generation = 1;
  const reader = new ReferenceReader({
    client,
    configMaps: cache,
    secrets: undefined,
    secretAccess: "get",
    now: () => now,
    random: () => 0.5,
    ...options,
  });
  return {
    client,
    cache,
    reader,
    wait: (seconds: number) => (now += seconds * 1000),
    read: async (reference: NamedReference, afresh = false) => {
      if (afresh) generation += 1;
      reader.see(shop.key, generation);
      const { references, dueMs } = await reader.read("retail", [reference], shop);
      return { ...Object.values(references)[0], dueMs } as {
        state: string;
        digest?: string;
        secret?: SecretFacts;
        message?: string;
        dueMs?: number;
      };
    },
  };
}

describe("Secrets that are fetched by name", () => {
  test("metadata only, once in ten minutes", async () => {
    const world = createWorld();
    world.client.put(object("Secret", "db"));
    const first = await world.read(secret);
    expect(first).toMatchObject({ state: "found", dueMs: 600_000 });
    world.wait(599);
    expect((await world.read(secret)).secret).toEqual(first.secret);
    expect(world.client.requests).toEqual([{ verb: "get", resource: "Secret", name: "db", options: { metadataOnly: true } }]);
    world.client.put(object("Secret", "db", { metadata: secretMetadata([{ manager: "kubectl-patch" }], { name: "db" }) }));
    world.wait(2);
    expect((await world.read(secret)).secret).not.toEqual(first.secret);
    expect(world.client.requests).toHaveLength(2);
  });

  test("at once when the spec has changed, for then the user waits", async () => {
    const world = createWorld();
    world.client.put(object("Secret", "db"));
    await world.read(secret);
    world.wait(1);
    await world.read(secret, true);
    expect(world.client.requests).toHaveLength(2);
  });

  test("one look serves every app that was seen before it began, and none that was seen later", async () => {
    const world = createWorld();
    world.client.put(object("Secret", "db"));
    world.reader.see("retail/shop", 1);
    world.reader.see("retail/stock", 1);
    world.wait(1);
    const requestsAfter = async (name: string) =>
      world.reader.read("retail", [secret], { key: `retail/${name}` }).then(() => world.client.requests.length);
    expect(await requestsAfter("shop")).toBe(1);
    expect(await requestsAfter("stock")).toBe(1);
    world.wait(1);
    world.reader.see("retail/late", 1);
    world.reader.see("retail/shop", 1);
    expect(await requestsAfter("late")).toBe(2);
    expect(await requestsAfter("shop")).toBe(2);
    world.wait(1);
    world.reader.see("retail/stock", 2);
    expect(await requestsAfter("stock")).toBe(3);
    expect(await requestsAfter("late")).toBe(3);
  });

  test("after ten seconds where it was missing", async () => {
    const world = createWorld();
    expect(await world.read(secret)).toMatchObject({ state: "missing", dueMs: 10_000 });
    world.client.put(object("Secret", "db"));
    expect(await world.read(secret)).toMatchObject({ state: "missing" });
    world.wait(11);
    expect(await world.read(secret)).toMatchObject({ state: "found" });
  });

  test("one that may not be looked at says who forbids it", async () => {
    const world = createWorld();
    world.client.fail("get Secret db", refusal(403, "Forbidden", "no get on secrets"));
    expect(await world.read(secret)).toMatchObject({
      state: "denied",
      message: expect.stringContaining("no get on secrets") as string,
      dueMs: 10_000,
    });
  });

  test("a server that does not answer is no missing Secret", async () => {
    const world = createWorld();
    world.client.fail("get Secret db", refusal(503, "ServiceUnavailable"));
    await expect(world.read(secret)).rejects.toThrow("ServiceUnavailable");
  });

  test.each([
    [0, 480_000],
    [0.999, 720_000],
  ])("the time of the next look is spread by a fifth: %d", async (random, expected) => {
    const world = createWorld({ random: () => random });
    world.client.put(object("Secret", "db"));
    expect(((await world.read(secret)).dueMs ?? 0) / expected).toBeCloseTo(1, 2);
  });

  test("the soonest of several is due", async () => {
    const world = createWorld();
    world.client.put(object("Secret", "db"));
    const { dueMs } = await world.reader.read("retail", [secret, { ...secret, name: "absent" }], shop);
    expect(dueMs).toBe(10_000);
  });
});

describe("Secrets otherwise", () => {
  test("without access nothing is asked and nothing is known", async () => {
    const world = createWorld({ secretAccess: "none" });
    expect(await world.read(secret)).toEqual({ state: "unknown", dueMs: undefined });
    expect(world.client.requests).toEqual([]);
  });

  test("with leave to watch, the cache answers, and an event reports the next change", async () => {
    const cache = createFakeInformer(secrets);
    const world = createWorld({ secretAccess: "watch", secrets: cache });
    expect(await world.read(secret)).toEqual({ state: "missing", dueMs: undefined });
    cache.hold(slimSecret(object("Secret", "db", { metadata: secretMetadata([{ manager: "tool" }], { name: "db" }) })));
    expect(await world.read(secret)).toMatchObject({ state: "found", secret: { writers: [{ names: ["url"] }] }, dueMs: undefined });
    expect(world.client.requests).toEqual([]);
  });
});

describe("ConfigMaps", () => {
  function put(world: ReturnType<typeof createWorld>, data: object, rest: object = {}) {
    world.client.put(object("ConfigMap", "settings", { data, ...rest }));
    const version = JSON.stringify([data, rest]);
    const cached = object("ConfigMap", "settings");
    world.cache.hold({ ...cached, metadata: { ...cached.metadata, resourceVersion: version } });
  }

  test("one that the cache does not hold is missing, and costs no request", async () => {
    const world = createWorld();
    expect(await world.read(configMap)).toEqual({ state: "missing", dueMs: undefined });
    expect(world.client.requests).toEqual([]);
  });

  test("its content is read once for each version", async () => {
    const world = createWorld();
    put(world, { LEVEL: "info" });
    await world.read(configMap);
    await world.read(configMap, true);
    expect(world.client.requests).toHaveLength(1);
  });

  test("a new label is another version and the same digest; other content is another digest", async () => {
    const world = createWorld();
    put(world, { LEVEL: "info", PORT: "1" });
    const { digest } = await world.read(configMap);
    put(world, { PORT: "1", LEVEL: "info" }, { kept: "label" });
    expect((await world.read(configMap)).digest).toBe(digest);
    put(world, { LEVEL: "debug", PORT: "1" });
    expect((await world.read(configMap)).digest).not.toBe(digest);
    put(world, { LEVEL: "info", PORT: "1" }, { binaryData: { logo: "aGk=" } });
    expect((await world.read(configMap)).digest).not.toBe(digest);
  });

  test("one that went between the cache and the look is missing", async () => {
    const world = createWorld();
    world.cache.hold(object("ConfigMap", "settings"));
    expect(await world.read(configMap)).toMatchObject({ state: "missing" });
  });
});

describe("memory", () => {
  test("what nobody asks for any more is forgotten", async () => {
    const world = createWorld();
    for (let app = 0; app < 2000; app++) {
      const name = `of-app-${app}`;
      world.client.put(object("Secret", name));
      world.client.put(object("ConfigMap", name));
      world.cache.hold(object("ConfigMap", name));
      await world.reader.read(
        "retail",
        [
          { ...secret, name },
          { ...configMap, name },
        ],
        shop,
      );
      world.cache.drop(`retail/${name}`);
      world.wait(60);
    }
    expect(world.reader.remembered).toBeLessThan(300);
  });

  test("what is still asked for is not", async () => {
    const world = createWorld();
    for (let index = 0; index < 500; index++) world.client.put(object("Secret", `s-${index}`));
    const all = Array.from({ length: 500 }, (_, index) => ({ ...secret, name: `s-${index}` }));
    await world.reader.read("retail", all, shop);
    await world.reader.read("retail", all, shop);
    expect(world.client.requests).toHaveLength(500);
  });
});
