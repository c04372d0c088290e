import type { RolloutDecision } from "../plan/rollout/next-step.ts";
import type { Placement } from "../resources/placement.ts";
import { migrationWrites, restWrite } from "./simulated-migrations.ts";
import { candidateKey, deploymentRole, type SimulatedWrite } from "./simulated-writes.ts";
import type { SimulatedDeployment } from "./simulated-deployment.ts";
import type { Simulator } from "./simulator.ts";

/** Everything that the operator writes so that the cluster is as a decision wants it, in the order of waves and prune. */
export function writesOf(cluster: Simulator, decision: Pick<RolloutDecision, "placement" | "discards">): readonly SimulatedWrite[] {
  const { entrance } = cluster;
  const { placement } = decision;
  const { stable, candidate, migrate } = placement;
  const used = [...new Set([stable, candidate?.release, migrate].filter((release) => release !== undefined))];
  return [
    { key: "Service/shop-web", role: "web/service", runs: found(entrance.serviceWrite(placement)) },
    { key: "Service/shop-web-canary", role: "web-canary/service", runs: found(entrance.canaryServiceWrite(placement)) },
    ...used.flatMap((release) => storeWrites(cluster, release)),
    ...migrationWrites(decision, cluster),
    ...(stable === undefined ? [] : stableWrites(cluster, stable, placement)),
    ...(candidate ? [candidateWrite(cluster, candidate)] : []),
    { key: "HTTPRoute/shop-web", role: "web/http-route", runs: found(entrance.routeWrite(placement)) },
    ...(candidate || !cluster.candidate
      ? []
      : [{ key: candidateKey, runs: [() => prune(cluster)], otherwise: () => cluster.candidate?.scale(0) }]),
  ];
}

type Run = () => void;

function found(...runs: readonly (Run | false | undefined)[]): readonly Run[] {
  return runs.filter((run): run is Run => typeof run === "function");
}

function storeWrites({ stored, copies }: Simulator, release: string): readonly SimulatedWrite[] {
  return [
    {
      key: `ControllerRevision/shop-${release}`,
      role: "release/controller-revision",
      runs: found(!stored.includes(release) && (() => stored.push(release))),
    },
    { key: `ConfigMap/shop-${release}-settings`, role: "config/copy", runs: found(!copies.has(release) && (() => copies.add(release))) },
  ];
}

function stableWrites(cluster: Simulator, release: string, { stableAtLeast = 0, quiesced }: Placement): readonly SimulatedWrite[] {
  const scales = cluster.floor !== stableAtLeast && (() => (cluster.floor = stableAtLeast));
  return [
    { key: "HorizontalPodAutoscaler/shop-web", role: "web/horizontal-pod-autoscaler", runs: found(scales) },
    { key: "Deployment/shop-web", role: "web/deployment", runs: webRuns(cluster, release, stableAtLeast) },
    ...cluster.workers.map((worker): SimulatedWrite => ({
      key: `Deployment/${worker.name}`,
      role: deploymentRole(worker.name),
      runs: found(retemplate(cluster, worker, release), restWrite(worker, quiesced === true || cluster.suspended, cluster.rested)),
    })),
    {
      key: "CronJob/shop-report",
      role: "schedule-report/cron-job",
      runs: found(cluster.schedule !== release && (() => (cluster.schedule = release))),
    },
  ];
}

function webRuns(cluster: Simulator, release: string, atLeast: number): readonly Run[] {
  const { stable: web, scale, suspended } = cluster;
  if (!web) return [() => (cluster.stable = cluster.deploy("shop-web", "stable", release, scale.min))];
  const least = Math.max(scale.min, atLeast);
  // A fixed count is owned by the operator; an autoscaler owns what is above the floor.
  const wanted = scale.min === scale.max ? least : Math.max(web.desired, least);
  const replicas = suspended ? 0 : wanted;
  return found(retemplate(cluster, web, release), web.desired !== replicas && (() => web.scale(replicas)));
}

/** What Secrets hold is put on top of the release. */
function retemplate({ seconds, secrets }: Simulator, deployment: SimulatedDeployment, release: string): Run | false {
  const isOutdated = deployment.release !== release || deployment.secrets !== secrets;
  return isOutdated && (() => deployment.retemplate(release, seconds, secrets));
}

function candidateWrite(cluster: Simulator, { release, replicas }: NonNullable<Placement["candidate"]>): SimulatedWrite {
  const { candidate } = cluster;
  const runs = candidate
    ? found(retemplate(cluster, candidate, release), candidate.desired !== replicas && (() => candidate.scale(replicas)))
    : [() => (cluster.candidate = cluster.deploy("shop-web-canary", "canary", release, replicas))];
  return { key: candidateKey, role: "web-canary/deployment", runs };
}

function prune(cluster: Simulator): void {
  cluster.orphans = [...cluster.orphans, ...(cluster.candidate?.end(cluster.seconds) ?? [])];
  cluster.candidate = undefined;
  if (cluster.entrance.leadsToCanary) cluster.mistakes.push("the canary's pods went while the route led to them");
}
