import { expect, test } from "vitest";
import { notImplementedFields } from "./not-implemented.ts";
import { FULL_SPEC, MINIMAL_MANIFEST } from "./testdata/valid-manifests.ts";
import { parseScalableApp } from "./parse.ts";

test("the smallest manifest asks for nothing that is missing", () => {
  expect(notImplementedFields(MINIMAL_MANIFEST["spec"])).toEqual([]);
});

test("each field without effect is named", () => {
  expect(notImplementedFields(FULL_SPEC).map(({ path }) => path)).toEqual([
    "spec.web.autoscaling.schedules",
    "spec.web.autoscaling.predictive.enabled",
    "spec.web.autoscaling.databaseGuard.enabled",
    "spec.web.autoscaling.triggers",
    "spec.workers[0].queue",
    "spec.migration.contract",
    "spec.postgres.partitions",
    "spec.postgres.materializedViews",
    "spec.routing",
    "spec.rollout.strategy",
    "spec.rollout.canary",
    "spec.rollout.freeze",
    "spec.slos",
    "spec.networkPolicy",
    "spec.monitoring",
  ]);
});

test("values that ask for nothing are not named", () => {
  const spec = {
    image: "shop",
    web: {
      autoscaling: { schedules: [], triggers: [], predictive: { enabled: false, leadSeconds: 60 }, databaseGuard: { enabled: false } },
    },
    postgres: { pooler: { mode: "sidecar" }, partitions: [] },
    rollout: { strategy: "rolling", rolling: { batch: 2 }, progressDeadlineSeconds: 60, freeze: {} },
    slos: [],
    networkPolicy: { enabled: false },
  };
  expect(notImplementedFields(spec)).toEqual([]);
});

test("what only the stage asks for is named as such", () => {
  expect(notImplementedFields({ image: "shop", stage: "hyperscale", postgres: {} })).toEqual([
    { path: "spec.web.autoscaling.predictive.enabled", byStage: true },
    { path: "spec.web.autoscaling.databaseGuard.enabled", byStage: true },
    { path: "spec.postgres.pooler.mode", byStage: true },
  ]);
});

test("defaults that the parser fills in are not named", () => {
  const result = parseScalableApp(MINIMAL_MANIFEST);
  expect(result.ok && notImplementedFields(result.app.spec)).toEqual([]);
});

test.each([undefined, null, 1, []])("no spec at all: %j", (spec) => {
  expect(notImplementedFields(spec)).toEqual([]);
});
