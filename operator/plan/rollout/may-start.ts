import { contractOf, needsOldSchema } from "./contract.ts";
import { change, isFirst, stay, wasGranted, type Rule, type Situation } from "./rule.ts";

/** A freeze holds what has not begun, once something is there to be protected. */
export const awaitFreezeEnd: Rule = (situation) => {
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
export const awaitResume: Rule = (situation) =>
  situation.release.pause?.reason === "Manual" ? stay(situation, "ReleasePaused") : undefined;

/** Something that the release needs is missing. */
export const awaitReferences: Rule = (situation) => (situation.seen.blocked === undefined ? undefined : stay(situation, "ReleaseWaiting"));

/** A contract migration has changed the schema that the release needs. */
export const awaitSchema: Rule = (situation) =>
  needsOldSchema(situation.release, situation.release.candidate) ? stay(situation, "SchemaContracted") : undefined;

/** Two migrations never run at once, and one that has begun is never cut short: the release waits for its end. */
export const awaitOtherMigration: Rule = (situation) =>
  situation.seen.otherMigration === undefined && contractOf(situation.release)?.state !== "Running"
    ? undefined
    : stay(situation, "ReleaseWaiting");

/** What is left of an earlier attempt must be gone: its failed Job and its pods. */
export const awaitCleanup: Rule = (situation) => {
  const { seen } = situation;
  return seen.migration.state === "failed" || seen.candidateWeb !== undefined ? stay(situation, "ReleaseWaiting") : undefined;
};

/** No pods of their own for a release beside stable ones that are still being brought back. */
export const awaitUniformStable: Rule = (situation) =>
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
