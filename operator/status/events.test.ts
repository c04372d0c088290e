import { describe, expect, test } from "vitest";
import type { Condition, ConditionReason, ConditionType } from "../api/conditions.ts";
import { makePlan } from "../plan/plan.ts";
import { rollOut, snapshotOf, testNow } from "../testing/snapshots.ts";
import { eventOfStep, eventsBetween, eventsOfStep } from "./events.ts";

function status(...conditions: readonly [ConditionType, "True" | "False", ConditionReason, string?][]) {
  return {
    conditions: conditions.map(([type, holds, reason, message = "m"]): Condition => ({
      type,
      status: holds,
      reason,
      message,
      observedGeneration: 1,
      lastTransitionTime: testNow,
    })),
  };
}

describe("what is worth an event", () => {
  test.each([
    [
      "a first status says where the app stands",
      undefined,
      status(["Ready", "False", "ComponentsStarting"], ["Valid", "True", "Accepted"]),
      ["Normal ComponentsStarting"],
    ],
    [
      "a first status says what is wrong",
      undefined,
      status(["Ready", "False", "ComponentsStarting"], ["ConnectionBudget", "False", "BudgetExceeded"]),
      ["Normal ComponentsStarting", "Warning BudgetExceeded"],
    ],
    ["nothing changed", status(["Ready", "True", "Available"]), status(["Ready", "True", "Available"]), []],
    ["other words are no news", status(["Ready", "True", "Available", "2 pods"]), status(["Ready", "True", "Available", "3 pods"]), []],
    ["another reason is", status(["Ready", "False", "RollingOut"]), status(["Ready", "False", "PodsCrashing"]), ["Warning PodsCrashing"]],
    [
      "so is another status",
      status(["Ready", "False", "ComponentsStarting"]),
      status(["Ready", "True", "Available"]),
      ["Normal Available"],
    ],
    [
      "conditions that repeat others stay silent",
      status(["Degraded", "False", "AsExpected"]),
      status(["Degraded", "True", "PodsCrashing"], ["Stalled", "True", "PodsCrashing"], ["Reconciling", "True", "RollingOut"]),
      [],
    ],
    [
      "one reason is reported once",
      undefined,
      status(["Ready", "False", "ReferenceMissing"], ["ReferencesFound", "False", "ReferenceMissing"]),
      ["Warning ReferenceMissing"],
    ],
    [
      "where a release stands is reported by its steps",
      status(["Ready", "True", "Available"]),
      status(["Ready", "True", "CanaryRunning"], ["Migrated", "False", "MigrationRunning"]),
      [],
    ],
    ["so is that it goes back", status(["Ready", "True", "CanaryRunning"]), status(["Ready", "False", "ReleaseRollingBack"]), []],
    ["and its good end", status(["Ready", "False", "RollingOut"]), status(["Ready", "True", "Available"]), []],
    [
      "what goes wrong meanwhile is reported",
      status(["Ready", "True", "CanaryRunning"]),
      status(["Ready", "False", "PodsUnschedulable"]),
      ["Warning PodsUnschedulable"],
    ],
    ["a condition that goes says nothing", status(["NameConflict", "True", "ObjectNotOurs"]), status(), []],
  ] as const)("%s", (_story, before, after, expected) => {
    expect(eventsBetween(before, after).map(({ type, reason }) => `${type} ${reason}`)).toEqual(expected);
  });

  test("the note is the condition's message", () => {
    expect(eventsBetween(undefined, status(["Ready", "False", "InvalidSpec", "spec.image is required"]))).toEqual([
      { type: "Warning", reason: "InvalidSpec", note: "spec.image is required" },
    ]);
  });
});

describe("a step of a release", () => {
  const release = { phase: "RollingBack", message: "back to release a: b failed" } as const;

  test("is reported with the release's own words", () => {
    const event = eventOfStep({ reason: "AnalysisFailed", release, handled: [] });
    expect(event).toEqual({ type: "Warning", reason: "AnalysisFailed", note: "back to release a: b failed" });
  });

  test("names the request that it answers", () => {
    const handled = [{ action: "abort", id: "7", outcome: "done" } as const];
    expect(eventOfStep({ reason: "AbortRequested", release, handled })?.note).toBe(
      "request abort (7) is done: back to release a: b failed",
    );
  });

  test("says why a request is refused", () => {
    const handled = [{ action: "promote", id: "7", outcome: "refused", message: "no release is under way" } as const];
    const event = eventOfStep({ reason: "RequestRefused", release, handled });
    expect(event).toEqual({ type: "Warning", reason: "RequestRefused", note: "request promote (7) is refused: no release is under way" });
  });

  test("leaves a failed migration to its condition, which has the Job's last log lines", () => {
    expect(eventOfStep({ reason: "MigrationFailed", release, handled: [] })).toBeUndefined();
    const failed = status(["Migrated", "False", "MigrationFailed"]);
    expect(eventsBetween(status(["Migrated", "False", "MigrationRunning"]), failed).map(({ reason }) => reason)).toEqual([
      "MigrationFailed",
    ]);
  });
});

describe("Secrets whose data changed", () => {
  const { decision } = makePlan(rollOut(snapshotOf()));
  const step = { ...decision, changed: true, reason: "ReleaseStable" } as const;

  test.each([
    ["nothing was written down", { decision, secrets: { known: [], changed: [] } }, []],
    ["a step alone", { decision: step, secrets: { known: [], changed: [] } }, ["Normal ReleaseStable"]],
    ["a Secret alone", { decision, secrets: { known: [], changed: ["shop-db"] } }, ["Normal SecretChanged"]],
    ["both at once", { decision: step, secrets: { known: [], changed: ["shop-db"] } }, ["Normal ReleaseStable", "Normal SecretChanged"]],
  ])("%s", (_, plan, expected) => {
    expect(eventsOfStep(plan).map(({ type, reason }) => `${type} ${reason}`)).toEqual(expected);
  });

  test("are named", () => {
    const [event] = eventsOfStep({ decision, secrets: { known: [], changed: ["api", "shop-db"] } });
    expect(event?.note).toMatch(/^the data of Secrets api, shop-db changed: .*in the same release; no migration runs$/u);
  });
});
