import { RELEASE_LABEL, TRACK_LABEL } from "../api/labels.ts";
import type { Tree } from "../base/tree.ts";
import { findDependencies, type Dependencies, type ObjectKey, type PlannedWork } from "../plan/dependencies.ts";
import type { LiveObject } from "../plan/observe/snapshot.ts";
import type { Placement } from "../resources/placement.ts";
import type { Child } from "../resources/children.ts";
import type { ChildFailure, ChildHeldBack } from "../status/report.ts";
import { jobName } from "./simulated-jobs.ts";
import type { Simulator } from "./simulator.ts";
import { appOf } from "./rendered.ts";

/** One object that the operator of a simulation writes or deletes. */
export interface SimulatedWrite {
  readonly key: ObjectKey;
  /** Of the child; undefined for a deletion. */
  readonly role?: string;
  /** Bring it to what it should be; none where it is so already. */
  readonly runs: readonly (() => void)[];
  /** What is done where it is refused. */
  readonly otherwise?: () => void;
}

/** What came of the writes. */
export interface SimulatedOutcome {
  readonly failures: readonly ChildFailure[];
  readonly conflicts: readonly [];
  readonly heldBack: readonly ChildHeldBack[];
}

/** The candidate's own Deployment. */
export const candidateKey: ObjectKey = "Deployment/shop-web-canary";

/** How the operator applies its writes. */
interface Execution {
  readonly dependencies: Dependencies;
  readonly isRefused: (role: string) => boolean;
  readonly isDead: () => boolean;
  readonly write: (run: () => void) => void;
}

/** Applies writes in their order, as the executor does: one that is refused holds back what depends on it, and nothing else. */
export function applyWrites(writes: readonly SimulatedWrite[], { dependencies, isRefused, isDead, write }: Execution): SimulatedOutcome {
  const missing = new Map<ObjectKey, ObjectKey>();
  const failures: ChildFailure[] = [];
  const heldBack: ChildHeldBack[] = [];
  for (const { key, role, runs, otherwise } of writes) {
    if (isDead()) break;
    const [kind = "", name = ""] = key.split("/");
    const subject = { kind, name, ...(role !== undefined && { role }) };
    const needs = (role === undefined ? dependencies.ofPrune : dependencies.ofChildren).get(key) ?? [];
    const because = needs.map((need) => missing.get(need)).find((found) => found !== undefined);
    if (because !== undefined) {
      heldBack.push({ ...subject, because });
      missing.set(key, because);
    } else if (runs.length > 0 && isRefused(role ?? `delete/${key}`)) {
      otherwise?.();
      failures.push({ ...subject, reason: "ApplyRefused", message: "refused by the simulation" });
      missing.set(key, key);
    } else for (const run of runs) if (!isDead()) write(run);
  }
  return { failures, conflicts: [], heldBack };
}

const app = appOf({});

function labelled(release: string): Tree {
  return { metadata: { labels: { [RELEASE_LABEL]: release } } };
}

function object(key: ObjectKey, parts: Tree = {}): LiveObject {
  const [kind = "", name = ""] = key.split("/");
  return { apiVersion: "v1", kind, ...parts, metadata: { name, ...(parts["metadata"] as object | undefined) } };
}

function service(key: ObjectKey, selector: Tree): LiveObject {
  return object(key, { spec: { selector: { app: "shop", ...selector } } });
}

function selectorOf(release: string | undefined, track: string | undefined): Tree {
  return { ...(release !== undefined && { [RELEASE_LABEL]: release }), ...(track !== undefined && { [TRACK_LABEL]: track }) };
}

function route(weight: number | undefined, reachable = false): LiveObject {
  const canary = weight !== undefined && (weight > 0 || reachable) ? [{ name: "shop-web-canary", weight: Math.max(weight, 1) }] : [];
  return object("HTTPRoute/shop-web", {
    spec: { rules: [{ backendRefs: [{ name: "shop-web", weight: 100 - (weight ?? 0) }, ...canary] }] },
  });
}

function workload(key: ObjectKey, release: string): LiveObject {
  return object(key, { spec: { template: labelled(release) } });
}

/** What stands in the cluster, as far as dependencies look at it. */
function liveObjects(cluster: Simulator): readonly LiveObject[] {
  const { entrance, stored, copies, deployments, jobs, schedule } = cluster;
  return [
    service("Service/shop-web", selectorOf(entrance.serviceRelease, entrance.stableOnly ? "stable" : undefined)),
    service("Service/shop-web-canary", selectorOf(undefined, entrance.detoured ? "stable" : "canary")),
    route(entrance.share?.weight, entrance.share?.reachable),
    ...stored.map((release) => object(`ControllerRevision/shop-${release}`, labelled(release))),
    ...[...copies].map((release) => object(`ConfigMap/shop-${release}-settings`, labelled(release))),
    ...[...jobs.states().keys()].map((release) => object(`Job/${jobName(release)}`, labelled(release))),
    ...deployments.map(({ name, release }) => workload(`Deployment/${name}`, release)),
    ...(schedule === undefined ? [] : [workload("CronJob/shop-report", schedule)]),
  ];
}

function child(role: string, { apiVersion, kind, metadata, ...rest }: LiveObject): Child {
  const podBearing = kind === "Deployment" || kind === "CronJob";
  const labels = metadata.labels ?? {};
  return {
    role,
    wave: 0,
    podBearing,
    object: { ...rest, apiVersion, kind, metadata: { name: metadata.name, namespace: "retail", labels, ownerReferences: [] } },
  };
}

/** What waits for what when the operator makes a placement. */
export function dependenciesOf(cluster: Simulator, placement: Placement): Dependencies {
  const { stable, candidate, migrate, router, serviceRelease } = placement;
  const used = [...new Set([stable, candidate?.release, migrate].filter((release) => release !== undefined))];
  const webTrack = router !== undefined && !router.joint ? "stable" : undefined;
  const children = [
    child("web/service", service("Service/shop-web", selectorOf(serviceRelease, webTrack))),
    ...(router ? [canaryService(router.detour ? webTrack : "canary")] : []),
    ...used.flatMap(inputsOf),
    ...(migrate === undefined ? [] : [child("migration/job", object(`Job/${jobName(migrate)}`, labelled(migrate)))]),
    ...(stable === undefined ? [] : stableChildren(cluster, stable)),
    ...(candidate ? [child("web-canary/deployment", workload("Deployment/shop-web-canary", candidate.release))] : []),
    ...(cluster.hasGateway ? [child("web/http-route", route(router?.share?.weight, router?.share?.reachable))] : []),
  ];
  const prune = candidate ? [] : leftOver(cluster);
  return findDependencies({ app, owned: liveObjects(cluster) }, { children, copies: [], prune });
}

function leftOver({ candidate }: Simulator): PlannedWork["prune"] {
  return candidate ? [{ object: workload(candidateKey, candidate.release), reason: "" }] : [];
}

function canaryService(track: string | undefined): Child {
  return child("web-canary/service", service("Service/shop-web-canary", selectorOf(undefined, track)));
}

function inputsOf(release: string): readonly Child[] {
  return [
    child("release/controller-revision", object(`ControllerRevision/shop-${release}`, labelled(release))),
    child("config/copy", object(`ConfigMap/shop-${release}-settings`, labelled(release))),
  ];
}

function stableChildren({ workers }: Simulator, release: string): readonly Child[] {
  return [
    child("web/deployment", workload("Deployment/shop-web", release)),
    ...workers.map(({ name }) => child(deploymentRole(name), workload(`Deployment/${name}`, release))),
    child("schedule-report/cron-job", workload("CronJob/shop-report", release)),
  ];
}

/** The role of a Deployment by its name: "worker-0/deployment" of "shop-worker-0". */
export function deploymentRole(name: string): string {
  return `${name.replace("shop-", "")}/deployment`;
}
