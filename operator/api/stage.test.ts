import { expect, test } from "vitest";
import { STAGES } from "./scalable-app.ts";
import { STAGE_DEFAULTS, withStageDefaults } from "./stage.ts";
import { read } from "../base/read.ts";

test("every stage has defaults, and larger stages never have lower bounds", () => {
  const bounds = STAGES.map((stage) => STAGE_DEFAULTS[stage].web?.autoscaling?.maxReplicas ?? 1);
  expect(bounds).toEqual([1, 4, 20, 100, 500]);
});

test("a spec without a stage is an mvp", () => {
  expect(withStageDefaults({ image: "shop" })).toEqual({ image: "shop" });
});

test("a stage never invents a database", () => {
  expect(withStageDefaults({ image: "shop", stage: "growth" })["postgres"]).toBeUndefined();
});

test("objects are merged key by key, lists and plain values of the user win", () => {
  const spec = withStageDefaults({
    stage: "scale",
    web: { autoscaling: { maxReplicas: 12, predictive: { leadSeconds: 60 } } },
    scheduling: { spread: ["zones"] },
    postgres: { pooler: { mode: "none", poolSize: 7 } },
  });
  expect(read(spec, "web", "autoscaling")).toMatchObject({
    minReplicas: 8,
    maxReplicas: 12,
    predictive: { leadSeconds: 60 },
  });
  expect(read(spec, "scheduling", "spread")).toEqual(["zones"]);
  expect(read(spec, "postgres", "pooler")).toEqual({ mode: "none", poolSize: 7 });
});

test("the table itself is never changed by a merge", () => {
  const before = structuredClone(STAGE_DEFAULTS);
  withStageDefaults({ stage: "growth", web: { autoscaling: { maxReplicas: 9 } }, redis: { cache: { memory: "1Gi" } } });
  expect(STAGE_DEFAULTS).toEqual(before);
});

test("a spec of an unknown stage is left to the parser", () => {
  const spec = { stage: "huge", image: "shop" };
  expect(withStageDefaults(spec)).toBe(spec);
});
