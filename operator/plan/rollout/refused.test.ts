import { expect, test } from "vitest";
import type { Refusal, ReleaseStatus } from "../../api/status.ts";
import { observe, releaseOf, seenAt, track } from "../../testing/rollout-observations.ts";
import { decideRelease } from "./next-step.ts";
import type { RolloutObservation } from "./observation.ts";

const deadline = 600;
const ago = (seconds: number) => `${new Date(Date.parse(seenAt) - seconds * 1000).toISOString().slice(0, 19)}Z`;

function refusal(role: string, parts: Partial<Refusal> = {}): Refusal {
  return { kind: "Deployment", name: "shop-web", role, reason: "ApplyRefused", message: "no", since: ago(deadline), ...parts };
}

/** Release b under way since long, beside a. */
function underWay(release: Partial<ReleaseStatus>, parts: Partial<RolloutObservation> = {}): RolloutObservation {
  const since = ago(3600);
  const status = { release: releaseOf({ candidate: "b", startedAt: since, phaseStartedAt: since, ...release }) };
  return observe({ desired: "b", status, stored: ["a", "b"], ...parts });
}

const job = { state: "pending", job: "shop-migrate-b" } as const;
const canary = { phase: "Canary", strategy: "canary", step: 0, weight: 5 } as const;
const promoting = { phase: "Promoting", strategy: "canary", weight: 100 } as const;
const worker = { kind: "Deployment", name: "shop-worker-orders" };

test.each<[string, RolloutObservation, Refusal]>([
  ["the migration Job", underWay({ phase: "Migrating" }, { migration: job }), refusal("migration/job", { kind: "Job" })],
  [
    "what the migration Job needs",
    underWay({ phase: "Migrating" }, { migration: job }),
    refusal("release/controller-revision", { kind: "ControllerRevision", holdsBack: ["migration/job"] }),
  ],
  [
    "a worker that should rest for the migration",
    underWay({ phase: "Migrating" }, { migration: job, notQuiesced: "shop-worker-orders", workers: [track({ ...worker })] }),
    refusal("worker-orders/deployment", worker),
  ],
  ["the stable web Deployment", underWay({ phase: "RollingOut", strategy: "rolling" }), refusal("web/deployment")],
  [
    "a worker",
    underWay({ phase: "RollingOut", strategy: "rolling" }, { workers: [track({ ...worker })] }),
    refusal("worker-orders/deployment", worker),
  ],
  ["the candidate's Deployment", underWay(canary), refusal("web-canary/deployment", { name: "shop-web-canary" })],
  ["the route of a canary", underWay(canary, { hasGateway: true }), refusal("web/http-route", { kind: "HTTPRoute" })],
  ["a promotion's web Deployment", underWay(promoting), refusal("web/deployment")],
  [
    "the Service that a promotion's pods would leave",
    underWay({ ...promoting, strategy: "blueGreen", step: 1 }, { candidateWeb: track({ name: "shop-web-canary", release: "b" }) }),
    refusal("web/service", { kind: "Service", holdsBack: ["web/deployment"] }),
  ],
  [
    "the autoscaler's floor that a promotion needs",
    underWay({ ...promoting, step: 0, pods: 8 }, { candidateWeb: track({ name: "shop-web-canary", release: "b" }) }),
    refusal("web/horizontal-pod-autoscaler", { kind: "HorizontalPodAutoscaler" }),
  ],
])("%s is refused for long: the candidate goes back, quarantined with what the API server says", (_what, seen, refused) => {
  const decision = decideRelease({ ...seen, refusals: [refused] });
  expect(decision).toMatchObject({ changed: true, reason: "ApplyRefused", release: { phase: "RollingBack", candidate: "b" } });
  expect(decision.quarantined).toMatchObject([{ release: "b", reason: `${refused.kind} ${refused.name} is refused: no` }]);
  const early = decideRelease({ ...seen, refusals: [{ ...refused, since: ago(deadline - 20) }] });
  expect(early.quarantined).toEqual([]);
  expect(early.release.message).toContain(`waits for ${refused.kind} ${refused.name}, which is refused`);
  expect(early.requeueAfterMs).toBeLessThanOrEqual(20_000);
});

test.each<[string, RolloutObservation, Refusal]>([
  ["a CronJob", underWay({ phase: "RollingOut", strategy: "rolling" }), refusal("schedule-report/cron-job", { kind: "CronJob" })],
  ["a disruption budget", underWay(promoting), refusal("web/pod-disruption-budget", { kind: "PodDisruptionBudget" })],
  ["an autoscaler", underWay({ phase: "RollingOut", strategy: "rolling" }), refusal("web/horizontal-pod-autoscaler")],
  [
    "a change of pods that have the candidate",
    underWay({ phase: "RollingOut", strategy: "rolling" }, { stableWeb: track({ release: "b", ready: 1, rolledOut: false }) }),
    refusal("web/deployment"),
  ],
  [
    "a change of a Job that runs",
    underWay({ phase: "Migrating" }, { migration: { ...job, state: "running" } }),
    refusal("migration/job", { kind: "Job" }),
  ],
])("%s is refused for long: no release waits for it", (_what, seen, refused) => {
  const alone = decideRelease(seen);
  expect(decideRelease({ ...seen, refusals: [refused] })).toMatchObject({ quarantined: [], release: alone.release });
});

test("pods that do not come up because they are refused fail with the refusal as the reason", () => {
  const seen = underWay({ ...canary, unreadySince: ago(deadline + 1) });
  const refused = refusal("web-canary/deployment", { name: "shop-web-canary", reason: "QuotaExceeded", since: ago(30) });
  expect(decideRelease({ ...seen, refusals: [refused] })).toMatchObject({ reason: "QuotaExceeded", quarantined: [{ release: "b" }] });
});

test("a refusal from before the phase gets the whole deadline", () => {
  const seen = underWay({ phase: "RollingOut", strategy: "rolling", phaseStartedAt: ago(10) });
  expect(decideRelease({ ...seen, refusals: [refusal("web/deployment")] }).quarantined).toEqual([]);
});

test("the first release fails too, and goes on trying; its migration is waited for", () => {
  const first = { stable: undefined, candidate: "a", phaseStartedAt: ago(3600) };
  const refusals = [refusal("web/deployment")];
  const status = (release: object) => ({ release: { ...releaseOf(), ...first, ...release } as ReleaseStatus });
  const rolling = observe({ status: status({ phase: "RollingOut", strategy: "rolling" }), stableWeb: undefined, refusals });
  expect(decideRelease(rolling)).toMatchObject({
    release: { phase: "Failed", message: "Deployment shop-web is refused: no" },
    placement: { stable: "a" },
  });
  const refused = [refusal("migration/job", { kind: "Job" })];
  const migrating = observe({ status: status({ phase: "Migrating" }), stableWeb: undefined, migration: job, refusals: refused });
  expect(decideRelease(migrating)).toMatchObject({ changed: false, release: { phase: "Migrating" } });
});

test("a way back that is refused for long ends as failed, and says what is not back", () => {
  const quarantined = [{ release: "b", reason: "it crashed", at: ago(3600) }];
  const seen = underWay(
    { phase: "RollingBack", strategy: "rolling" },
    { stableWeb: track({ release: "b" }), refusals: [refusal("web/deployment")] },
  );
  const decision = decideRelease({ ...seen, status: { ...seen.status, quarantined } });
  expect(decision).toMatchObject({
    changed: true,
    reason: "ApplyRefused",
    release: { phase: "Failed", stable: "a" },
    placement: { stable: "a" },
  });
  expect(decision.release.message).toContain("Release a is not back everywhere: Deployment shop-web is refused");
});

test("the Job of a contract migration that is refused for long has failed, so that the next release can begin", () => {
  const contract = { release: "a", state: "Running", at: ago(3600) } as const;
  const facts = { afterSeconds: 0, job: { state: "pending", job: "shop-contract-a" }, othersRun: false, older: [] } as const;
  const refusals = [refusal("migration/contract-job", { kind: "Job", name: "shop-contract-a" })];
  const seen = observe({ status: { release: releaseOf({ contract }) }, contract: facts, refusals });
  expect(decideRelease(seen).release.contract).toMatchObject({ state: "Failed" });
  expect(decideRelease({ ...seen, refusals: [] }).release.contract).toMatchObject({ state: "Running" });
});
