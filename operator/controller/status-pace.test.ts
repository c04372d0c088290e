import { describe, expect, test } from "vitest";
import type { Condition } from "../api/conditions.ts";
import type { ScalableAppStatus } from "../api/status.ts";
import { newsBetween, StatusPace } from "./status-pace.ts";

function condition(type: Condition["type"], holds: "True" | "False", reason: Condition["reason"], message = "as it is"): Condition {
  return { type, status: holds, reason, message, observedGeneration: 1, lastTransitionTime: "2026-11-27T08:00:00Z" };
}

const analysis = [{ name: "errorRate", result: "pass" as const, value: 0.1, message: "0.1 % of 100 requests failed" }];
const release = {
  phase: "Canary" as const,
  candidate: "r2",
  stable: "r1",
  step: 0,
  message: "20 of 60 s",
  analysis,
  analyzedAt: "2026-11-27T08:00:10Z",
};
const before: ScalableAppStatus = {
  observedGeneration: 1,
  conditions: [condition("Ready", "True", "Available")],
  release,
  components: [{ name: "web", desired: 2, replicas: 2, ready: 1, updated: 2 }],
  replicas: 2,
};

describe("what is new in a status", () => {
  test.each<[string, ScalableAppStatus | undefined, ScalableAppStatus, string]>([
    ["the first one", undefined, before, "decision"],
    ["the same", before, structuredClone(before), "none"],
    ["another spec was seen", before, { ...before, observedGeneration: 2 }, "decision"],
    ["the release took a step", before, { ...before, release: { ...release, step: 1 } }, "decision"],
    ["a step began to count", before, { ...before, release: { ...release, stepStartedAt: "2026-11-27T08:00:10Z" } }, "decision"],
    ["a check failed", before, { ...before, release: { ...release, analysis: [{ ...analysis[0]!, result: "fail" }] } }, "decision"],
    ["a condition has another reason", before, { ...before, conditions: [condition("Ready", "True", "RollingOut")] }, "decision"],
    [
      "a condition is bad news",
      before,
      { ...before, conditions: [...(before.conditions ?? []), condition("NameConflict", "True", "ObjectNotOurs")] },
      "decision",
    ],
    [
      "a condition is gone",
      { ...before, conditions: [...(before.conditions ?? []), condition("NameConflict", "True", "ObjectNotOurs")] },
      before,
      "decision",
    ],
    ["a release is quarantined", before, { ...before, quarantined: [{ revision: "r2" }] as never }, "decision"],
    [
      "a condition is mentioned for the first time, and is well",
      before,
      { ...before, conditions: [...(before.conditions ?? []), condition("Scaled", "True", "AutoscalingActive")] },
      "progress",
    ],
    ["a condition has another message", before, { ...before, conditions: [condition("Ready", "True", "Available", "web 2")] }, "progress"],
    ["a pod became ready", before, { ...before, components: [{ name: "web", desired: 2, replicas: 2, ready: 2, updated: 2 }] }, "progress"],
    ["pods are missing", before, { ...before, release: { ...release, unreadySince: "2026-11-27T08:00:10Z" } }, "progress"],
    ["the release waits in other words", before, { ...before, release: { ...release, message: "30 of 60 s" } }, "progress"],
    [
      "a round of the analysis ended as before",
      before,
      { ...before, release: { ...release, analyzedAt: "2026-11-27T08:00:20Z" } },
      "reading",
    ],
    [
      "a round measured another value",
      before,
      { ...before, release: { ...release, analysis: [{ ...analysis[0]!, value: 0.2, message: "0.2 % of 200 requests failed" }] } },
      "reading",
    ],
  ])("%s", (_what, one, other, expected) => {
    expect(newsBetween(one, other)).toBe(expected);
  });
});

describe("when it is written", () => {
  function start() {
    let now = 0;
    const pace = new StatusPace(() => now);
    return { pace, wait: (seconds: number) => (now += seconds * 1000) };
  }

  test("decisions at once, progress 10 s after the last write, readings after two minutes", () => {
    const { pace, wait } = start();
    pace.noteWrite("a");
    wait(4);
    expect((["decision", "progress", "reading"] as const).map((news) => pace.waitMs("a", news))).toEqual([0, 6000, 116_000]);
    wait(6);
    expect((["decision", "progress", "reading"] as const).map((news) => pace.waitMs("a", news))).toEqual([0, 0, 110_000]);
    wait(110);
    expect(pace.waitMs("a", "reading")).toBe(0);
  });

  test("an operator that has just begun waits as if it had written everything itself", () => {
    const { pace, wait } = start();
    expect(pace.waitMs("a", "progress")).toBe(10_000);
    wait(10);
    expect(pace.waitMs("a", "progress")).toBe(0);
    pace.forget("a");
    expect(pace.waitMs("a", "progress")).toBe(10_000);
  });

  test("an analysis that only goes on costs a write in two minutes, not one per round", () => {
    const { pace, wait } = start();
    let writes = 0;
    for (let round = 0; round < 60; round += 1) {
      if (pace.waitMs("a", "reading") === 0) {
        pace.noteWrite("a");
        writes += 1;
      }
      wait(10);
    }
    expect(writes).toBe(4);
  });
});
