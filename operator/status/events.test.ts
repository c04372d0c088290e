import { describe, expect, test } from "vitest";
import type { Condition, ConditionReason, ConditionType } from "../api/conditions.ts";
import { testNow } from "../testing/snapshots.ts";
import { eventsBetween } from "./events.ts";

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
      "a first status tells where the app stands",
      undefined,
      status(["Ready", "False", "ComponentsStarting"], ["Valid", "True", "Accepted"]),
      ["Normal ComponentsStarting"],
    ],
    [
      "a first status tells what is wrong",
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
      status(["Degraded", "False", "Settled"]),
      status(["Degraded", "True", "PodsCrashing"], ["Stalled", "True", "PodsCrashing"], ["Reconciling", "True", "RollingOut"]),
      [],
    ],
    [
      "one reason is told once",
      undefined,
      status(["Ready", "False", "ReferenceMissing"], ["ReferencesFound", "False", "ReferenceMissing"]),
      ["Warning ReferenceMissing"],
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
