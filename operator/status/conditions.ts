import type { Condition, ConditionType } from "../api/conditions.ts";
import { notImplementedFields } from "../api/not-implemented.ts";
import { unknownFields } from "../api/unknown-fields.ts";
import { describeBudget } from "../plan/rollout/connection-budget.ts";
import { loosenedByOverlays, reportOverlays } from "../plan/overlay-report.ts";
import { judgeDropped } from "./dropped.ts";
import { judgeContract } from "./contract.ts";
import type { Report, Summary, Verdict } from "./report.ts";
import { verdict } from "./report.ts";
import { judgeRouting, routeTrouble } from "./routing.ts";
import { judgeScaling } from "./scaling.ts";
import { noteRefusals } from "./refusals.ts";
import { describeProgress, judgeReport, migrationFailure, refusalText, summarize } from "./summary.ts";
import { judgeUpkeep } from "./upkeep.ts";
import { judgeVolumes } from "./volume.ts";

/** Every verdict on the app. Conditions whose good status is False are reported only while they hold (the kstatus convention). */
export function judgeConditions(report: Report): readonly Verdict[] {
  const summary = summarize(report);
  const progressing = judgeReport(report).progressing ?? restarting(summary);
  const refusals = refused(report);
  return [
    ...overall(summary, routeTrouble(report)).map((each) => {
      if (each.type !== "Progressing") return each;
      if (refusals.length > 0 || report.conflicts.length > 0) return progressBeside(summary, report);
      return progressing && summary.state === "ready" ? progressing : each;
    }),
    ...beforeItsEnd(summary, progressing),
    verdict("Valid", true, "Accepted", "the spec is valid"),
    references(report),
    ...restricted(report),
    ...overlays(report),
    ...connectionBudget(report),
    ...migrated(report),
    ...judgeContract(report),
    ...judgeScaling(report),
    ...[judgeRouting(report)].filter((routed) => routed !== undefined),
    ...judgeReport(report).conditions,
    ...refusals,
    ...nameConflict(report),
    ...notImplemented(report),
    ...unknown(report),
    ...judgeDropped(report),
    ...judgeVolumes(report),
    ...judgeUpkeep(report),
  ];
}

/** Pods that restart for a Secret are under way while the app is ready. */
function restarting({ reason, message }: Summary): Verdict | undefined {
  return reason === "SecretChanged" ? verdict("Progressing", true, reason, message) : undefined;
}

/**
 * Tools that wait by the kstatus convention (Flux, Helm, Argo CD) read Reconciling, not Progressing: a release is not there before its bake
 * has ended, though users are served all the while.
 */
function beforeItsEnd({ state }: Summary, progressing: Verdict | undefined): readonly Verdict[] {
  return state === "ready" && progressing?.status === "True" ? [{ ...progressing, type: "Reconciling" }] : [];
}

/** The verdicts on a spec that cannot be acted on. */
export function judgeInvalid(message: string): readonly Verdict[] {
  return [
    ...overall({ state: "stalled", reason: "InvalidSpec", message, degraded: false }),
    verdict("Valid", false, "InvalidSpec", message),
  ];
}

/** Pods that nobody outside can reach are ready all the same, but the app works worse than it should. */
function overall({ state, reason, message, degraded }: Summary, routing?: Verdict): readonly Verdict[] {
  const trouble = degraded ? { reason, message } : routing;
  return [
    verdict("Ready", state === "ready", reason, message),
    verdict(
      "Progressing",
      state === "working",
      state === "working" ? reason : "AsExpected",
      state === "working" ? message : "nothing is under way",
    ),
    verdict("Degraded", trouble !== undefined, trouble?.reason ?? "AsExpected", trouble?.message ?? "the app works as it should"),
    ...(state === "working" ? [verdict("Reconciling", true, reason, message)] : []),
    ...(state === "stalled" ? [verdict("Stalled", true, reason, message)] : []),
  ];
}

function references({ plan }: Report): Verdict {
  const [first] = plan.referenceProblems;
  if (!first) return verdict("ReferencesFound", true, "AllReferencesFound", "every ConfigMap and Secret that the spec names exists");
  return verdict("ReferencesFound", false, first.reason, plan.referenceProblems.map((problem) => problem.message).join("; "));
}

function restricted({ snapshot, plan }: Report): readonly Verdict[] {
  const { podSecurity } = snapshot.app.spec;
  const loosened = [
    ...(podSecurity.readOnlyRootFilesystem ? [] : ["readOnlyRootFilesystem is false"]),
    ...(podSecurity.runAsUser === 0 ? ["runAsUser is 0 (root)"] : []),
  ];
  const opened = [
    ...(loosened.length === 0 ? [] : [`spec.podSecurity: ${loosened.join(", ")}`]),
    ...loosenedByOverlays(snapshot.app, plan.context),
  ];
  if (opened.length === 0) return [verdict("Restricted", true, "RestrictedStandard", "all pods meet the restricted pod security standard")];
  return [verdict("Restricted", false, "PodSecurityLoosened", opened.join("; "))];
}

function overlays({ snapshot, plan }: Report): readonly Verdict[] {
  const found = reportOverlays(snapshot.app, plan.context);
  if (found.length === 0) return [];
  const texts = found.map(({ overlay, field, consequence }) => `spec.overlays[${overlay}] changes ${field}: ${consequence}`);
  return [verdict("OverlayReported", true, "PromiseOverlaid", [...new Set(texts)].join("; "))];
}

function connectionBudget({ plan }: Report): readonly Verdict[] {
  const { budget, pool, ceiling } = plan.connections;
  if (!budget) return [];
  if (budget.perPod === 0) {
    const message =
      "postgres.pooler.mode is none: the app opens its connections itself, so they cannot be counted; set it to sidecar to bound them";
    return [verdict("ConnectionBudget", true, "Unpooled", message)];
  }
  const sum = describeBudget(budget);
  if (budget.used > budget.limit) {
    const remedies =
      "lower the ceilings of web and workers, lower postgres.pooler.minPoolSize, or raise the server's limit and postgres.maxConnections";
    return [verdict("ConnectionBudget", false, "BudgetExceeded", `${sum}: ${remedies}`)];
  }
  if (ceiling) {
    const message = `web has at most ${ceiling.given} replicas instead of ${ceiling.wished}: ${sum}. Lower web.autoscaling.maxReplicas or postgres.pooler.minPoolSize, or raise the server's limit and postgres.maxConnections`;
    return [verdict("ConnectionBudget", false, "CeilingLowered", message)];
  }
  const smaller = pool && pool.given < pool.wished ? `; each pool has ${pool.given} instead of ${pool.wished}` : "";
  return [verdict("ConnectionBudget", true, "WithinBudget", `${sum}${smaller}`)];
}

function migrated({ plan, snapshot }: Report): readonly Verdict[] {
  const { migration } = plan;
  switch (migration.state) {
    case "none":
      return [];
    case "pending":
      return [verdict("Migrated", false, "MigrationWaiting", `Job ${migration.job} has not started yet`)];
    case "running":
      return [
        verdict(
          "Migrated",
          false,
          "MigrationRunning",
          `Job ${migration.job} is running; the pods of release ${plan.decision.release.candidate} wait for it`,
        ),
      ];
    case "failed":
      return [verdict("Migrated", false, "MigrationFailed", migrationFailure(migration, snapshot.migrationLog))];
    case "done":
      return [
        verdict(
          "Migrated",
          true,
          "MigrationSucceeded",
          `the migration of release ${plan.decision.release.candidate ?? plan.revision} has run`,
        ),
      ];
  }
}

/** What is refused says nothing of the rest, which goes on. */
function progressBeside({ reason, message }: Summary, report: Report): Verdict {
  const progress = describeProgress(report);
  return progress ? verdict("Progressing", true, progress.reason, progress.message) : verdict("Progressing", false, reason, message);
}

function refused(report: Report): readonly Verdict[] {
  const found = noteRefusals(report, [], "").filter(({ reason }) => reason !== "ObjectNotOurs");
  const [first] = found;
  return first ? [verdict("Refused", true, first.reason, found.map(refusalText).join("; "))] : [];
}

function nameConflict({ conflicts }: Report): readonly Verdict[] {
  if (conflicts.length === 0) return [];
  const taken = conflicts.map(({ kind, name, holder }) => `${kind} ${name} ${holder}`).join("; ");
  return [verdict("NameConflict", true, "ObjectNotOurs", `${taken}: delete the object, or give the ScalableApp another name`)];
}

function notImplemented({ snapshot }: Report): readonly Verdict[] {
  const fields = notImplementedFields(snapshot.rawSpec);
  if (fields.length === 0) return [];
  return [
    verdict("NotImplemented", true, "FieldsNotImplemented", `without effect in this version, remove or upgrade: ${fields.join(", ")}`),
  ];
}

function unknown({ snapshot }: Report): readonly Verdict[] {
  const fields = unknownFields(snapshot.rawSpec);
  if (fields.length === 0) return [];
  const message = `this version of the operator does not know ${fields.join(", ")}: without effect until it is upgraded`;
  return [verdict("UnknownFields", true, "FieldsUnknown", message)];
}

/** Stamps verdicts with the generation and, where the status changed, with the moment; what did not change keeps its time. */
export function stampConditions(
  verdicts: readonly Verdict[],
  previous: readonly Condition[],
  at: { readonly generation: number; readonly now: string },
): Condition[] {
  const before = new Map<ConditionType, Condition>(previous.map((condition) => [condition.type, condition]));
  return verdicts.map((found) => {
    const old = before.get(found.type);
    const lastTransitionTime = old && old.status === found.status ? old.lastTransitionTime : at.now;
    return { ...found, message: found.message.slice(0, 8_000), observedGeneration: at.generation, lastTransitionTime };
  });
}
