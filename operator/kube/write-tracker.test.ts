import { describe, expect, test } from "vitest";
import type { KubeObject, Resource } from "../base/object.ts";
import { compareResourceVersions } from "./resource-version.ts";
import { configMaps, deployments } from "./resources.ts";
import { createFakeClock } from "./testing/fake-clock.ts";
import { createWriteTracker } from "./write-tracker.ts";

function object(version: string, extra: Partial<KubeObject["metadata"]> = {}): KubeObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace: "n", name: "a", uid: "u", resourceVersion: version, ...extra } };
}

function world(): {
  written: ReturnType<typeof createWriteTracker>;
  cache: { object?: KubeObject; version?: string };
  clock: ReturnType<typeof createFakeClock>;
} {
  const cache: { object?: KubeObject; version?: string } = {};
  const clock = createFakeClock();
  const informer = { get: () => cache.object, lastResourceVersion: () => cache.version };
  const informerOf = (resource: Resource): typeof informer | undefined => (resource === configMaps ? informer : undefined);
  return { cache, clock, written: createWriteTracker({ clock, informerOf }) };
}

describe("a write", () => {
  test("holds its owner back until the object in the cache is as new", () => {
    const { written, cache } = world();
    cache.object = object("9");
    written.recordWrite("n/app", configMaps, object("10"));
    expect(written.freshness("n/app")).toEqual({ state: "behind", waitingFor: ["configmaps n/a"] });
    expect(written.freshness("n/other")).toEqual({ state: "fresh" });
    cache.object = object("10");
    expect(written.freshness("n/app")).toEqual({ state: "fresh" });
  });

  test("is also seen by a later object, or by a bookmark past it", () => {
    const { written, cache } = world();
    written.recordWrite("n/app", configMaps, object("99"));
    cache.object = object("100");
    expect(written.freshness("n/app").state).toBe("fresh");
    delete cache.object;
    written.recordWrite("n/app", configMaps, object("101"));
    cache.version = "1000";
    expect(written.freshness("n/app").state).toBe("fresh");
  });

  test("of a kind that is not cached is not waited for", () => {
    const { written } = world();
    written.recordWrite("n/app", deployments, object("10"));
    expect(written.freshness("n/app").state).toBe("fresh");
  });

  test("that never shows up expires, and is waited for until a live read finds what the cache shows", async () => {
    const { written, clock } = world();
    written.recordWrite("n/app", configMaps, object("10"));
    await clock.advance(29_999);
    expect(written.freshness("n/app").state).toBe("behind");
    await clock.advance(1);
    expect(written.freshness("n/app")).toEqual({ state: "expired", lost: [{ resource: configMaps, key: "n/a" }] });
    expect(written.resolve("n/app", configMaps, "n/a", object("10"))).toBe(false);
    expect(written.freshness("n/app").state).toBe("expired");
    expect(written.resolve("n/app", configMaps, "n/a", undefined)).toBe(true);
    expect(written.freshness("n/app").state).toBe("fresh");
  });
});

describe("a delete", () => {
  test("is seen when the object is gone, replaced by another uid, or marked for deletion", () => {
    const { written, cache } = world();
    const after = [undefined, object("11", { uid: "other" }), object("11", { deletionTimestamp: "2026-11-21T00:00:00Z" })];
    for (const cached of after) {
      cache.object = object("10");
      written.recordDelete("n/app", configMaps, object("10"));
      expect(written.freshness("n/app").state).toBe("behind");
      if (cached === undefined) delete cache.object;
      else cache.object = cached;
      expect(written.freshness("n/app").state).toBe("fresh");
    }
  });
});

test("a forgotten owner waits for nothing", () => {
  const { written } = world();
  written.recordWrite("n/app", configMaps, object("10"));
  written.forget("n/app");
  expect(written.freshness("n/app").state).toBe("fresh");
});

test("resourceVersions compare as integers of any length, others not at all", () => {
  expect(compareResourceVersions("9", "10")).toBeLessThan(0);
  expect(compareResourceVersions("99999999999999999999", "100000000000000000000")).toBeLessThan(0);
  expect(compareResourceVersions("20", "11")).toBeGreaterThan(0);
  expect(compareResourceVersions("7", "7")).toBe(0);
  expect(compareResourceVersions("x7", "7")).toBeUndefined();
  expect(compareResourceVersions("07", "7")).toBeUndefined();
});
