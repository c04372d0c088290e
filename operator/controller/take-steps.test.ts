import { describe, expect, test } from "vitest";
import type { ScalableAppStatus } from "../api/status.ts";
import { judgeComponents } from "../plan/observe/component-health.ts";
import { makePlan, takesStep } from "../plan/plan.ts";
import type { Snapshot } from "../plan/observe/snapshot.ts";
import { buildStatus } from "../status/status.ts";
import { rollOut, snapshotOf } from "../testing/snapshots.ts";
import { newsBetween } from "./status-pace.ts";
import { takeSteps } from "./take-steps.ts";

const small = { image: "shop:1" };

function stepsOf(snapshot: Snapshot) {
  const plan = makePlan(snapshot);
  expect(takesStep(plan)).toBe(true);
  return takeSteps(plan, snapshot);
}

/** The cluster of a release that is stable, whose app asks for another image. */
function releasing(status: Partial<ScalableAppStatus> = {}): Snapshot {
  const rolledOut = rollOut(snapshotOf(small));
  const { app, rawSpec } = snapshotOf({ image: "shop:2" }, { generation: 2 });
  return { ...rolledOut, app, rawSpec, status: { ...rolledOut.status, ...status } };
}

/** What the next reconcile would write, were nothing refused. */
function nextStatus(snapshot: Snapshot): ScalableAppStatus {
  const plan = makePlan(snapshot);
  expect(takesStep(plan)).toBe(false);
  return buildStatus({ snapshot, plan, ...judgeComponents(plan, snapshot), failures: [], conflicts: [] });
}

describe("steps that are written down at once", () => {
  test.each<[string, Snapshot, readonly string[]]>([
    ["a first release", snapshotOf(small), ["RollingOut"]],
    ["a release that may begin at once: that it was about to is no write of its own", releasing(), ["ReleaseStarted", "RollingOut"]],
  ])("%s", (_what, snapshot, reasons) => {
    const { steps, status } = stepsOf(snapshot);
    expect(steps.map(({ decision }) => decision.reason)).toEqual(reasons);
    expect(status.release?.phase).toBe("RollingOut");
    expect(status.observedGeneration).toBe(snapshot.app.metadata.generation);
    // So the reconcile that drives the step has nothing to add.
    expect(newsBetween(status, nextStatus({ ...snapshot, status }))).not.toBe("decision");
  });

  const refusal = { kind: "Service", name: "shop-web", reason: "ApplyRefused", message: "no", since: "2026-11-27T07:00:00Z" };
  const conflict = {
    type: "NameConflict",
    status: "True",
    reason: "ObjectNotOurs",
    message: "Service shop-web",
    observedGeneration: 1,
    lastTransitionTime: "2026-11-27T07:00:00Z",
  } as const;
  test.each<[string, Partial<ScalableAppStatus>]>([
    ["an object is refused", { refusals: [refusal] as never }],
    ["a name is taken", { conditions: [conflict] }],
  ])("while %s, only the step: the next reconcile knows whether that is over", (_what, standing) => {
    const snapshot = releasing(standing);
    const { status } = stepsOf(snapshot);
    expect(status.release?.phase).toBe("RollingOut");
    expect(status.observedGeneration).toBe(snapshot.status?.observedGeneration);
    expect([status.conditions, status.refusals]).toEqual([snapshot.status?.conditions, snapshot.status?.refusals]);
  });
});
