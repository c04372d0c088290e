import { contractOf, isOutgrown } from "./contract.ts";
import { canaryReplicas } from "./replicas.ts";
import { condemn, goBack } from "./rolling-back.ts";
import { change, enter, isFirst, stay, wasGranted, type Rule, type Situation, type Step } from "./rule.ts";
import { mustReturnFirst, wantedRelease } from "./state.ts";
import { takeOver } from "./promoting.ts";

/** A release that nobody knew yet: it waits in Pending until the ground is clear. */
export const started: Rule = (situation) => ({ release: startAgain(situation), reason: "ReleaseStarted" });

/**
 * The spec changed under way: the candidate is given up without blame, also one that bakes. The release before it is the proven one, so it
 * stays the one to return to, and the one that a new canary is compared with.
 */
export const superseded: Rule = (situation) => {
  const { release, seen } = situation;
  if (mustReturnFirst(release, seen)) return { release: goBack(situation), reason: "ReleaseSuperseded" };
  return { release: startAgain(situation), reason: "ReleaseSuperseded" };
};

/** The wanted release from its very beginning. */
export function startAgain(situation: Situation) {
  return enter(situation, "Pending", {
    candidate: wantedRelease(situation),
    strategy: undefined,
    skipSteps: undefined,
    proven: undefined,
    analysis: undefined,
    analyzedAt: undefined,
    message: undefined,
    startedAt: situation.seen.now,
  });
}

/** A freeze holds what has not begun, once something is there to be protected. */
export const frozen: Rule = (situation) => {
  const { seen, release } = situation;
  const holds = seen.freeze !== undefined && !isFirst(situation) && !wasGranted(situation, "override-freeze");
  if (holds) {
    if (release.pause) return stay(situation, "ReleaseFrozen");
    return { release: change(release, { pause: { reason: "Frozen", since: seen.now } }), reason: "ReleaseFrozen" };
  }
  if (release.pause?.reason !== "Frozen") return undefined;
  return { release: change(release, { pause: undefined }), reason: "ReleaseResumed" };
};

/** A user wants it to stay where it is. */
export const paused: Rule = (situation) => (situation.release.pause?.reason === "Manual" ? stay(situation, "ReleasePaused") : undefined);

/** Something that the release needs is missing. */
export const blocked: Rule = (situation) => (situation.seen.blocked === undefined ? undefined : stay(situation, "ReleaseWaiting"));

/** A contract migration has changed the schema that the release needs. */
export const outgrown: Rule = (situation) =>
  isOutgrown(situation.release, situation.release.candidate) ? stay(situation, "SchemaContracted") : undefined;

/** Two migrations never run at once, and one that has begun is never cut short: the release waits for its end. */
export const overlapping: Rule = (situation) =>
  situation.seen.otherMigration === undefined && contractOf(situation.release)?.state !== "Running"
    ? undefined
    : stay(situation, "ReleaseWaiting");

/** What is left of an earlier attempt must be gone: its failed Job and its pods. */
export const cluttered: Rule = (situation) => {
  const { seen } = situation;
  return seen.migration.state === "failed" || seen.candidateWeb !== undefined ? stay(situation, "ReleaseWaiting") : undefined;
};

/** No pods of their own for a release beside stable ones that are still being brought back. */
export const mixed: Rule = (situation) =>
  needsWholeStable(situation) && !isStableWhole(situation) ? stay(situation, "ReleaseWaiting") : undefined;

function needsWholeStable(situation: Situation): boolean {
  return !isFirst(situation) && situation.release.skipSteps !== true && situation.seen.rollout.strategy !== "rolling";
}

/** Health is not asked for: a release that mends sick stable pods must be able to start. */
function isStableWhole({ seen, release }: Situation): boolean {
  const { stableWeb, scale } = seen;
  if (stableWeb === undefined || stableWeb.release !== release.stable) return false;
  return stableWeb.desired >= scale.min && stableWeb.oneRelease;
}

/** The migration runs before any pod of the release. */
export const migrates: Rule = (situation) => {
  const { state } = situation.seen.migration;
  if (state === "none" || state === "done") return undefined;
  return { release: enter(situation, "Migrating"), reason: "MigrationRunning" };
};

/** The migration is under way, or has failed. */
export const migrating: Rule = (situation) => {
  const { migration } = situation.seen;
  if (migration.state === "pending" || migration.state === "running") return stay(situation, "MigrationRunning");
  if (migration.state !== "failed") return undefined;
  const message = `the migration (Job ${migration.job}) failed: ${migration.why}`;
  if (!isFirst(situation)) return condemn(situation, { reason: "MigrationFailed", message });
  return { release: enter(situation, "Failed", { message }), reason: "MigrationFailed" };
};

/** Pods of the release start. */
export const begun: Rule = (situation) => begin(situation);

function begin(situation: Situation): Step {
  const { seen, release } = situation;
  const strategy = isFirst(situation) ? "rolling" : seen.rollout.strategy;
  const next = { ...situation, release: change(release, { strategy }) };
  if (strategy === "rolling") return { release: enter(next, "RollingOut"), reason: "RollingOut" };
  const users = seen.stableWeb?.desired ?? 0;
  if (release.skipSteps === true || users === 0) return takeOver(next);
  if (strategy === "blueGreen") return { release: enter(next, "Preview", { weight: 0 }), reason: "PreviewRunning" };
  const first = seen.rollout.canary.steps[0];
  if (!first || first.weight >= 100 || canaryReplicas(users, first.weight) === 0) return takeOver(next);
  return { release: enter(next, "Canary", { step: 0, weight: first.weight }), reason: "CanaryRunning" };
}
