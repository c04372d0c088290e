import type { ConditionReason } from "../api/conditions.ts";
import type { ReleaseStatus } from "../api/status.ts";
import { needsOldSchema } from "../plan/rollout/contract.ts";
import type { RolloutDecision } from "../plan/rollout/next-step.ts";
import { verdict, type Summary, type Verdict } from "./report.ts";

/** What a release means for the app as a whole. */
export interface ReleaseJudgement {
  /**
   * The release's say in Ready, Progressing, Degraded, Reconciling and Stalled; undefined where nothing is under way or wrong, so that the
   * components decide.
   */
  readonly summary: Summary | undefined;
  /** Replaces the summary's verdict on Progressing where given: a watched canary is under way while the app is ready. */
  readonly progressing: Verdict | undefined;
  /** What goes into status.release. */
  readonly release: ReleaseStatus;
  /** Conditions of their own. */
  readonly conditions: readonly Verdict[];
}

/** What else there is to know of a release. */
export interface ReleaseFacts {
  /** Whether all wanted pods of web and workers are available, of whichever release. */
  readonly available: boolean;
  /** Whether this operator would render the stable release otherwise than it is stored. */
  readonly renderedDifferently: boolean;
  /** The last log lines of a failed migration, where they were read. */
  readonly migrationLog?: string | undefined;
}

/** Judges a decision for the users' eyes. */
export function judgeRelease(decision: Pick<RolloutDecision, "release">, facts: ReleaseFacts): ReleaseJudgement {
  const release = withLog(decision.release, facts.migrationLog);
  const summary = summaryOf(release, facts);
  const progressing = summary?.state === "ready" ? verdict("Progressing", true, summary.reason, summary.message) : undefined;
  return { summary, progressing, release, conditions: release.stable === undefined ? [] : [upToDate(release, facts)] };
}

/** What is wrong is reported in any case; else, where pods are missing, the components report more than the phase does. */
function summaryOf(release: ReleaseStatus, { available }: ReleaseFacts): Summary | undefined {
  const message = release.message ?? "";
  if (release.phase === "Failed") return failed(release, message);
  if (release.phase === "RollingBack") return { state: "working", reason: "ReleaseRollingBack", message, degraded: true };
  return available ? progress(release, message) : undefined;
}

function progress(release: ReleaseStatus, message: string): Summary | undefined {
  switch (release.phase) {
    case "Pending":
      return pending(release, message);
    case "RollingOut":
      return working("RollingOut", message);
    case "Promoting":
      return release.pause ? watched(release, message) : working("ReleasePromoting", message);
    case "Canary":
    case "Preview":
    case "Baking":
      return watched(release, message);
    default:
      // Migrations have a check of their own, which names the Job.
      return undefined;
  }
}

function watched(release: ReleaseStatus, message: string): Summary {
  return { state: "ready", reason: watching(release), message, degraded: false };
}

function working(reason: ConditionReason, message: string): Summary {
  return { state: "working", reason, message, degraded: false };
}

function pending(release: ReleaseStatus, message: string): Summary {
  const { pause } = release;
  if (!pause && needsOldSchema(release, release.candidate))
    return { state: "stalled", reason: "SchemaContracted", message, degraded: false };
  if (!pause) return working("ReleaseWaiting", message);
  return { state: "ready", reason: pause.reason === "Frozen" ? "ReleaseFrozen" : "ReleasePaused", message, degraded: false };
}

function watching({ phase, pause }: ReleaseStatus): ConditionReason {
  switch (pause?.reason) {
    case "Manual":
    case "Frozen":
      return "ReleasePaused";
    case "Step":
      return "AwaitingPromotion";
    case "Inconclusive":
      return "AnalysisInconclusive";
    case undefined:
      return phase === "Canary" ? "CanaryRunning" : phase === "Preview" ? "PreviewRunning" : "ReleaseBaking";
  }
}

/** A quarantined release is stalled: nothing changes until somebody acts. The very first one has nothing that serves instead. */
function failed({ stable }: ReleaseStatus, message: string): Summary {
  if (stable === undefined) return { state: "stalled", reason: "ReleaseFailed", message, degraded: true };
  return { state: "stalled", reason: "ReleaseQuarantined", message, degraded: true };
}

function withLog(release: ReleaseStatus, log: string | undefined): ReleaseStatus {
  const words = log?.trim() ?? "";
  if (words === "" || release.phase !== "Failed" || release.message === undefined) return release;
  // The message may have come back from the status, where an earlier look has put the words already.
  const [reported] = release.message.split(lastLogLines);
  return { ...release, message: `${reported}${lastLogLines}${words}`.slice(0, 4000) };
}

const lastLogLines = ". Its migration's last log lines: ";

function upToDate(release: ReleaseStatus, { renderedDifferently }: ReleaseFacts): Verdict {
  if (!renderedDifferently) return verdict("UpToDate", true, "RenderedAsStored", "the stable release is rendered as it is stored");
  const message = `this version of the operator would render release ${release.stable} otherwise; its pods are left as they are, and the change joins the next release`;
  return verdict("UpToDate", false, "RenderingPending", message);
}
