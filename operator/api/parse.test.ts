import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseScalableApp } from "./parse.ts";
import type { ScalableApp, Stage } from "./scalable-app.ts";
import { STAGES } from "./scalable-app.ts";
import { FULL_SPEC, MINIMAL_MANIFEST } from "./testdata/valid-manifests.ts";
import { VALID_CORNERS } from "./testdata/valid-corners.ts";
import { INVALID_MANIFESTS, VALID_SPEC, invalidManifest } from "./testdata/invalid-manifests.ts";
import { mergeOver } from "../base/tree.ts";

function parsed(raw: unknown): ScalableApp {
  const result = parseScalableApp(raw);
  if (!result.ok) {
    throw new Error(JSON.stringify(result.problems));
  }
  return result.app;
}

function manifest(spec: object): object {
  return { metadata: { name: "shop", namespace: "default" }, spec };
}

describe("invalid manifests", () => {
  test("are at least 60, each with its own title", () => {
    expect(INVALID_MANIFESTS.length).toBeGreaterThanOrEqual(60);
    expect(new Set(INVALID_MANIFESTS.map(({ title }) => title)).size).toBe(INVALID_MANIFESTS.length);
  });

  test.each(INVALID_MANIFESTS)("$title", (invalid) => {
    const result = parseScalableApp(invalidManifest(invalid));
    const problems = result.ok ? [] : result.problems;
    expect(problems).toContainEqual({ path: invalid.path, message: expect.stringContaining(invalid.remedy) });
    expect(problems).toHaveLength(1);
  });

  test("no spec at all", () => {
    expect(parseScalableApp({ metadata: { name: "shop" } })).toMatchObject({
      ok: false,
      problems: [{ path: "spec", message: "is required: add it" }],
    });
  });

  test.each([undefined, null, 1, "a", []])("no object: %j", (raw) => {
    expect(parseScalableApp(raw).ok).toBe(false);
  });
});

describe("valid manifests", () => {
  test("the smallest one gets the defaults of its stage", () => {
    const { spec } = parsed(MINIMAL_MANIFEST);
    expect(spec.web.autoscaling).toMatchObject({
      minReplicas: 2,
      maxReplicas: 4,
      cpu: { scaleOutAbovePercent: 70, scaleInBelowPercent: 30 },
    });
    expect(spec.web.autoscaling).toMatchObject({
      scaleOut: { by: 2, sustainedSeconds: 300, cooldownSeconds: 120 },
      scaleIn: { by: 1, sustainedSeconds: 600, cooldownSeconds: 300 },
    });
    expect(spec.postgres?.pooler).toMatchObject({ mode: "sidecar", poolMode: "transaction", poolSize: 5 });
    expect(spec.redis).toEqual({ cache: { memory: "256Mi", resources: {} } });
    expect(spec.scheduling.spread).toEqual(["hosts"]);
    expect(spec.web).toMatchObject({ command: [], port: 8080, shutdown: { drainSeconds: 30, graceSeconds: 60 } });
  });

  test("one that uses every field is accepted", () => {
    expect(parsed(manifest(FULL_SPEC)).spec.overlays).toEqual(FULL_SPEC["overlays"]);
  });

  test("mvp has one replica, no autoscaling and no Redis", () => {
    const { spec } = parsed(manifest({ image: "shop" }));
    expect([spec.stage, spec.web.autoscaling, spec.web.replicas, spec.redis, spec.postgres]).toEqual([
      "mvp",
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("fixed replicas switch the autoscaling of the stage off", () => {
    const { web } = parsed(manifest({ image: "shop", stage: "steady", web: { replicas: 3 } })).spec;
    expect([web.replicas, web.autoscaling]).toEqual([3, undefined]);
  });

  test("what the stage fills in can be switched off", () => {
    const { redis } = parsed(manifest({ image: "shop", stage: "steady", redis: { cache: { enabled: false } } })).spec;
    expect(redis).toEqual({ queue: { memory: "512Mi", storage: "5Gi", resources: {} } });
  });

  test("an external Redis replaces the managed one of the stage", () => {
    const urlFrom = { secretKeyRef: { name: "cache", key: "url" } };
    expect(parsed(manifest({ image: "shop", stage: "growth", redis: { cache: { urlFrom } } })).spec.redis).toEqual({ cache: { urlFrom } });
  });

  test("a limit alone is its own request, so that the pod is valid", () => {
    const { resources } = parsed(manifest({ image: "shop", web: { resources: { limits: { memory: "64Mi" } } } })).spec.web;
    expect(resources).toEqual({ requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "64Mi" } });
  });

  test("metadata keeps what decisions read", () => {
    const metadata = { name: "shop", namespace: "a", uid: "u", generation: 3, resourceVersion: "9", labels: { a: "b" }, annotations: {} };
    expect(parsed({ metadata: { ...metadata, managedFields: [] }, spec: { image: "shop" } }).metadata).toEqual(metadata);
  });
});

const specs = fc.record(
  {
    image: fc.constantFrom("shop", "ghcr.io/acme/shop:1.4.2"),
    stage: fc.constantFrom<Stage>(...STAGES),
    scratch: fc.constantFrom([], ["/tmp"], ["/var/run"]),
    web: fc.record(
      {
        port: fc.integer({ min: 1024, max: 6000 }),
        autoscaling: fc.record({ minReplicas: fc.integer({ min: 1, max: 10 }), maxReplicas: fc.integer({ min: 10, max: 1000 }) }),
      },
      { requiredKeys: [] },
    ),
    postgres: fc.record(
      {
        urlFrom: fc.constant({ secretKeyRef: { name: "db", key: "url" } }),
        pooler: fc.record({ mode: fc.constantFrom("sidecar", "none"), poolSize: fc.integer({ min: 1, max: 80 }) }, { requiredKeys: [] }),
      },
      { requiredKeys: ["urlFrom"] },
    ),
    scheduling: fc.record({ spread: fc.subarray(["hosts", "zones"]) }),
  },
  { requiredKeys: ["image"] },
);

describe("properties", () => {
  test("parsing the effective resource again changes nothing", () => {
    fc.assert(
      fc.property(specs, (spec) => {
        const once = parsed(manifest(spec));
        expect({ ...parsed(once), byStage: once.byStage }).toEqual(once);
      }),
    );
  });

  test("what the stage alone asks for is known apart from what the user writes", () => {
    expect(parsed(manifest({ image: "a", stage: "steady" })).byStage).toEqual(["cache", "queue"]);
    expect(parsed(manifest({ image: "a", stage: "steady", redis: { queue: {} } })).byStage).toEqual(["cache"]);
    expect(parsed(manifest({ image: "a", stage: "mvp" })).byStage).toEqual([]);
  });

  test("what the user wrote is never overridden", () => {
    fc.assert(
      fc.property(specs, (spec) => {
        const effective = parsed(manifest(spec)).spec;
        expect(mergeOver({ ...effective }, spec)).toEqual(effective);
      }),
    );
  });
});

describe("what looks odd and is right", () => {
  test.each(VALID_CORNERS)("$title", ({ spec }) => {
    const result = parseScalableApp(manifest({ ...VALID_SPEC, ...spec }));
    expect(result.ok ? [] : result.problems).toEqual([]);
  });
});
