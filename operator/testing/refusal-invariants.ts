import type { Simulator } from "./simulator.ts";
import { candidateKey, deploymentRole } from "./simulated-writes.ts";

/** Roles of children that the API server can refuse in a simulation. */
export const refusableRoles = [
  "web/service",
  "web-canary/service",
  "release/controller-revision",
  "config/copy",
  "migration/job",
  "migration/contract-job",
  "web/horizontal-pod-autoscaler",
  "web/deployment",
  "worker-0/deployment",
  "schedule-report/cron-job",
  "web-canary/deployment",
  "web/http-route",
  `delete/${candidateKey}`,
] as const;

/** No pods start before what they read is there. */
export function checkStarts({ deployments, stored, copies }: Simulator): readonly string[] {
  return deployments
    .filter(({ release }) => !stored.includes(release) || !copies.has(release))
    .map(({ name, release }) => `${name} was rendered as ${release} before that was stored with its ConfigMaps`);
}

/** What may differ at rest while a child is refused: the child itself, and what depends on it. */
const excused: Readonly<Record<string, readonly string[]>> = {
  // Where it selects the candidate alone, the candidate must stay, and stable pods must not take another release.
  "web/service": ["web/deployment", "candidate", "web/http-route"],
  "web-canary/service": ["web/http-route", "candidate"],
  "web/deployment": ["candidate"],
  [`delete/${candidateKey}`]: ["candidate"],
};

/** At rest, every child that is not refused itself, and depends on none that is, is as the stable release wants it. */
export function checkOthers(cluster: Simulator): readonly string[] {
  const { persisted, stable, workers, schedule, candidate, entrance, floor, refused } = cluster;
  const { stable: release, phase, pause } = persisted.release ?? {};
  if (release === undefined || pause !== undefined || !["Stable", "Failed", "Pending"].includes(phase ?? "")) return [];
  const isExcused = (what: string) => [...refused].some((role) => role === what || excused[role]?.includes(what));
  const others: readonly (readonly [what: string, isRight: boolean])[] = [
    ["web/deployment", stable?.release === release],
    ...workers.map((worker) => [deploymentRole(worker.name), worker.release === release] as const),
    ["schedule-report/cron-job", schedule === release],
    ["candidate", candidate === undefined],
    ["web/horizontal-pod-autoscaler", floor === 0],
    ["web/http-route", entrance.share === undefined],
  ];
  return others
    .filter(([what, isRight]) => !isRight && !isExcused(what))
    .map(([what]) => `at rest on ${release}, ${what} is not right though only ${[...refused].join(", ") || "nothing"} is refused`);
}
