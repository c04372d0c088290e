import { expect, test } from "vitest";
import { appOf } from "../../testing/rendered.ts";
import { rollingUpdate } from "./rolling-update.ts";

test("a new pod is ready before an old one goes", () => {
  const rollout = { rolling: { batch: 2, settleSeconds: 30 }, progressDeadlineSeconds: 300, revisionHistory: 4 };
  expect(rollingUpdate(appOf({ rollout }).spec.rollout)).toEqual({
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 2, maxUnavailable: 0 } },
    minReadySeconds: 30,
    progressDeadlineSeconds: 300,
    revisionHistoryLimit: 2,
  });
});

test("the deadline is always later than the time of settleSeconds, which the API server asks for", () => {
  const rollout = { rolling: { settleSeconds: 3600 }, progressDeadlineSeconds: 600 };
  expect(rollingUpdate(appOf({ rollout }).spec.rollout)).toMatchObject({ minReadySeconds: 3600, progressDeadlineSeconds: 3601 });
});

test.each(["scale", "hyperscale"])("a tenth at a time in stage %s, where one by one would take hours", (stage) => {
  expect(rollingUpdate(appOf({ stage }).spec.rollout)).toMatchObject({ strategy: { rollingUpdate: { maxSurge: "10%" } } });
});

test("no time of settleSeconds is left out, as the API server leaves it out", () => {
  expect(rollingUpdate(appOf().spec.rollout)).not.toHaveProperty("minReadySeconds");
});
