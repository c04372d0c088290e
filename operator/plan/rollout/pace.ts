import { podsOf } from "../../api/disruption.ts";
import type { ScalableApp } from "../../api/scalable-app.ts";
import type { ReleaseStatus } from "../../api/status.ts";
import { webName, workerName } from "../../resources/names.ts";
import type { Pace } from "../../resources/pace.ts";
import { runningReplicas, type Scalable } from "../../resources/scaling/replicas.ts";
import { workerComponent } from "../../resources/worker/deployment.ts";
import { read, readCount } from "../../base/read.ts";
import { findOwned, type Snapshot } from "../observe/snapshot.ts";
import { mustRestart, versionsToCarry } from "../secrets/follow.ts";
import { countSparePods, type ConnectionBudget } from "./connection-budget.ts";
import type { RolloutObservation } from "./observation.ts";
import { isRollback } from "./state.ts";

/** The pace of each Deployment of the stable track, by its role. */
export type Paces = Readonly<Record<string, Pace>>;

/**
 * How fast pods of the stable track are replaced. Forward as the spec says: in batches, and each pod has to stay ready for settleSeconds. Back as fast as the
 * connection budget allows, without settleSeconds: those pods have proven themselves, and every second costs users. At rest a Deployment
 * keeps its last pace, for a write that changes nothing would make it look unfinished for a moment.
 */
export function decidePaces(
  snapshot: Snapshot,
  release: ReleaseStatus,
  seen: RolloutObservation,
  budget: ConnectionBudget | undefined,
): Paces {
  const { rolling } = snapshot.app.spec.rollout;
  const forward: Pace = { surge: rolling.batch, settleSeconds: rolling.settleSeconds };
  const paces = deploymentsOf(snapshot.app, countSparePods(budget)).map(({ role, name, surge }): [string, Pace] => {
    const back: Pace = { surge, settleSeconds: 0 };
    switch (directionOf(release, seen)) {
      case "forward":
        return [role, forward];
      case "back":
        return [role, back];
      case undefined:
        return [role, keptPace(snapshot, name, { forward, back })];
    }
  });
  return Object.fromEntries(paces);
}

function directionOf(release: ReleaseStatus, seen: RolloutObservation): "forward" | "back" | undefined {
  switch (release.phase) {
    case "RollingBack":
      return "back";
    case "Promoting":
      return isRollback({ seen, release, quarantined: [] }) ? "back" : "forward";
    case "RollingOut":
    case "Baking":
      return "forward";
    case "Pending":
    case "Migrating":
      // A release that was given up for a newer one has left pods behind.
      return isReturning(release, seen) ? "back" : undefined;
    default:
      return undefined;
  }
}

function isReturning({ stable }: ReleaseStatus, { stableWeb, candidateWeb }: RolloutObservation): boolean {
  return (
    stable !== undefined && candidateWeb === undefined && stableWeb !== undefined && (stableWeb.release !== stable || !stableWeb.oneRelease)
  );
}

/** What somebody else has written is no pace of ours, and pods that restart for a Secret have not proven themselves with it. */
function keptPace(snapshot: Snapshot, name: string, { forward, back }: { readonly forward: Pace; readonly back: Pace }): Pace {
  const live = findOwned(snapshot, "Deployment", name);
  const surge = read(live, "spec", "strategy", "rollingUpdate", "maxSurge");
  const liveSeconds = readCount(read(live, "spec", "minReadySeconds"));
  const isBack =
    live !== undefined && surge === back.surge && liveSeconds === back.settleSeconds && !mustRestart(live, versionsToCarry(snapshot));
  return isBack ? back : forward;
}

interface PacedDeployment {
  readonly role: string;
  readonly name: string;
  /** The most pods that it may have more than it asks for. */
  readonly surge: number;
}

/** All pods at once, where the database has connections to spare for them; web comes first. */
function deploymentsOf(app: ScalableApp, sparePods: number): readonly PacedDeployment[] {
  const { name } = app.metadata;
  const { web, workers, rollout } = app.spec;
  const { batch } = rollout.rolling;
  let spare = sparePods;
  const paced = (component: string, deployment: string, scalable: Scalable): PacedDeployment => {
    const ceiling = ceilingOf(scalable);
    const surge = podsOf(batch, ceiling);
    const more = Math.min(spare, Math.max(0, ceiling - surge));
    spare -= more;
    return { role: `${component}/deployment`, name: deployment, surge: surge + more };
  };
  return [paced("web", webName(name), web), ...workers.map((each) => paced(workerComponent(each), workerName(name, each.name), each))];
}

function ceilingOf(component: Scalable): number {
  const replicas = runningReplicas(component);
  return "fixed" in replicas ? replicas.fixed : replicas.autoscaled.max;
}
