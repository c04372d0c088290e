import { NEVER_OBSERVED } from "../api/status.ts";
import type { MetricResult, ReleaseStatus } from "../api/status.ts";
import { needsOldSchema } from "../plan/rollout/contract.ts";
import type { App } from "./app.ts";
import { endOf, isAboutToRetry, stalledReason, troubleOf } from "./release-end.ts";
import { fields, oneLine, since, table } from "./text.ts";

/** The release of an app, as people read it. `now` is in milliseconds since 1970. */
export function statusText(app: App, now: number): string {
  const { status } = app;
  const sections = [
    overview(app, now),
    table(["METRIC", "VERDICT", "VALUE", "LIMIT", "MESSAGE"], (status.release?.analysis ?? []).map(metricRow)),
    table(["COMPONENT", "READY", "NEW", "MESSAGE"], componentRows(app)),
    table(
      ["WORKER", "IDLE WORKERS KNOWN BY"],
      app.workers.map(({ name, idleKnownBy }) => [name, idleKnownBy]),
    ),
    table(
      ["QUARANTINED", "AGE", "REASON"],
      (status.quarantined ?? []).map(({ release, at, reason }) => [release, since(at, now), oneLine(reason)]),
    ),
    table(
      ["REQUEST", "ID", "OUTCOME", "AGE", "MESSAGE"],
      (status.requests ?? []).map(({ action, id, outcome, at, message }) => [action, id, outcome, since(at, now), oneLine(message ?? "")]),
    ),
  ];
  return sections.filter((section) => section !== "").join("\n");
}

function overview(app: App, now: number): string {
  const { release } = app.status;
  return fields([
    ["App", `${app.namespace}/${app.name}`],
    ["Image", app.image],
    ["Phase", release === undefined ? "unknown" : `${phaseText(app)}${age(release.phaseStartedAt ?? release.startedAt, now)}`],
    ["Paused", release?.pause && `${release.pause.reason}${age(release.pause.since, now)}`],
    ["Stable", release?.stable],
    ["Candidate", release?.candidate],
    ["Previous", release?.previous],
    ["Message", oneLine(release?.message ?? "")],
    ["Not ready", unreported(app)],
    ["Note", noteOf(app)],
    ["Next", nextCommand(app)],
  ]);
}

function age(time: string | undefined, now: number): string {
  const text = since(time, now);
  return text === "" ? "" : `, for ${text}`;
}

/** The phase with the step and its weight; how many requests a canary gets now is for its message to say. */
function phaseText({ status, steps }: Pick<App, "status" | "steps">): string {
  const { release } = status;
  if (release === undefined) return "unknown";
  const { phase, step, weight } = release;
  const parts: string[] = [phase];
  if (phase === "Canary") parts.push(`step ${(step ?? 0) + 1}${steps === undefined ? "" : ` of ${steps}`}`);
  if (release.candidate !== undefined && weight !== undefined && hasShare(release))
    parts.push(phase === "Canary" ? `weight ${weight} %` : `${weight} % of the requests`);
  return parts.join(", ");
}

function hasShare({ phase, strategy }: ReleaseStatus): boolean {
  return phase === "Canary" || phase === "Preview" || ((phase === "Promoting" || phase === "Baking") && strategy === "blueGreen");
}

/** Why the app is not ready, where the release's own message does not report it already. */
function unreported(app: App): string | undefined {
  const trouble = troubleOf(app);
  const message = app.status.release?.message;
  return trouble === undefined || (message !== undefined && trouble.endsWith(`: ${message}`)) ? undefined : oneLine(trouble);
}

function noteOf({ isDeleted, generation, status }: App): string | undefined {
  if (isDeleted) return "it is being deleted";
  const { observedGeneration = NEVER_OBSERVED } = status;
  if (observedGeneration === NEVER_OBSERVED) return `the operator has not looked at it yet: ${lookAtOperator}`;
  if (observedGeneration < generation) return `the operator has not looked at the newest spec yet: ${lookAtOperator}`;
  return undefined;
}

/** How to see whether the operator runs. */
export const lookAtOperator = "kubectl get pods -A -l app.kubernetes.io/component=operator says whether it runs";

/** The command that a waiting or failed release asks for. */
function nextCommand(app: App): string | undefined {
  const { release } = app.status;
  if (stalledReason(app) === "InvalidSpec") return "correct the spec: until then no request is answered";
  const verb = (name: string) => `scalable-app ${name} ${app.name} -n ${app.namespace}`;
  switch (release?.pause?.reason) {
    case "Manual":
      return verb("resume");
    case "Step":
    case "Inconclusive":
      return `${verb("promote")}, or ${verb("abort")}`;
    case "Frozen":
      return `wait, or ${verb("override-freeze")}`;
    case undefined:
      return nextWithoutPause(app, verb);
  }
}

function nextWithoutPause({ status: { release, quarantined } }: App, verb: (name: string) => string): string | undefined {
  if (release !== undefined && needsOldSchema(release, release.candidate))
    return `change the spec (fix forward), or ${verb("override-contract")}`;
  if (release?.phase !== "Failed") return undefined;
  const cause = quarantined === undefined || quarantined.length === 0 ? "correct what the message names" : "change the spec (fix forward)";
  return `${cause}, or ${verb("retry")}`;
}

function metricRow({ name, result, value, limit, dryRun, message }: MetricResult): readonly string[] {
  return [name, dryRun === true ? `${result} (dry run)` : result, figure(value), figure(limit), oneLine(message)];
}

function figure(value: number | undefined): string {
  return value === undefined ? "" : String(Math.round(value * 1000) / 1000);
}

function componentRows({ status }: App): readonly (readonly string[])[] {
  return (status.components ?? []).map(({ name, desired, replicas, ready, updated, message }) => [
    name,
    `${ready}/${desired ?? replicas}`,
    updated === undefined ? "" : String(updated),
    oneLine(message ?? ""),
  ]);
}

/** What changed, on one line, for those who follow a release. */
export function progressLine(app: App): string {
  if (isAboutToRetry(app)) return "Failed: about to start again";
  const end = endOf(app);
  const reported = (end === "failed" ? unreported(app) : undefined) ?? app.status.release?.message ?? noteOf(app) ?? "";
  const pause = app.status.release?.pause;
  return oneLine(`${phaseText(app)}${pause ? ` (paused: ${pause.reason})` : ""}${reported === "" ? "" : `: ${reported}`}`);
}

/** The same for programs: one JSON document. */
export function statusJson(app: App): string {
  const { name, namespace, generation, image, steps, workers, status } = app;
  return JSON.stringify({ name, namespace, image, steps, workers, outcome: endOf(app) ?? "underWay", generation, status });
}
