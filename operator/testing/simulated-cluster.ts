import { isDeepStrictEqual } from "node:util";
import { stringify } from "yaml";
import { requestAnnotation, type RequestAction } from "../api/requests.ts";
import { QUIESCED_REPLICAS_ANNOTATION } from "../api/labels.ts";
import { API_VERSION, KIND } from "../api/kind.ts";
import { NEVER_OBSERVED, type ScalableAppStatus } from "../api/status.ts";
import type { Tree } from "../base/tree.ts";
import { judgeComponents } from "../plan/observe/component-health.ts";
import { makePlan, takesStep } from "../plan/plan.ts";
import { decideReplicas, rememberedReplicas } from "../plan/scaling/replicas.ts";
import type { LiveObject, Reference, Snapshot } from "../plan/observe/snapshot.ts";
import type { Child } from "../resources/children.ts";
import { eventsBetween, eventsOfStep, type StatusEvent } from "../status/events.ts";
import type { ChildFailure } from "../status/report.ts";
import { buildStatus, buildStepStatus } from "../status/status.ts";
import { owned, snapshotOf } from "./snapshots.ts";
import { kindKey, type KubeObject } from "../base/object.ts";

/** The outcome of a Job, as its last condition says it. */
export type JobEnd = "Complete" | "Failed";

/**
 * A cluster without Kubernetes: it stores what the plan applies, and its pods do what the story says. Only decisions are simulated, so
 * that a release can be followed from its first apply to its end in a golden file.
 */
export class SimulatedCluster {
  readonly #objects = new Map<string, LiveObject>();
  readonly #references: Record<string, Reference> = {};
  readonly #record: Tree[] = [];
  readonly #revisions: string[] = [];
  readonly #refused = new Map<string, string>();
  #pods: readonly LiveObject[] = [];
  #spec: Tree;
  #generation = 1;
  #status: ScalableAppStatus | undefined;
  #events: StatusEvent[] = [];
  #seconds = 0;
  #annotations: Readonly<Record<string, string>> = {};
  #contractLog = "";

  constructor(spec: Tree) {
    this.#spec = spec;
  }

  /** The user edits the spec. */
  edit(change: Tree): void {
    this.#spec = { ...this.#spec, ...change };
    this.#generation += 1;
  }

  /** A ConfigMap or Secret, by "configmap/NAME" or "secret/NAME", is as given from now on. */
  refer(key: string, reference: Reference): void {
    this.#references[key] = reference;
  }

  /** The API server refuses an object from now on, by "Kind/NAME". */
  refuse(key: string, why: string): void {
    this.#refused.set(key, why);
  }

  /** Time passes. */
  wait(seconds: number): void {
    this.#seconds += seconds;
  }

  /** A user asks for something. */
  ask(action: RequestAction, id: string): void {
    this.#annotations = { ...this.#annotations, [requestAnnotation(action)]: id };
  }

  /** What the last failed contract migration has printed. */
  logs(text: string): void {
    this.#contractLog = text;
  }

  /** The pods that are there now. */
  pods(...pods: readonly LiveObject[]): void {
    this.#pods = pods;
  }

  /** Every workload's controller has caught up, and all pods are ready and of the newest template. */
  catchUp(): void {
    this.#pods = [];
    for (const [key, object] of this.#objects) {
      if (object.kind !== "Deployment" && object.kind !== "StatefulSet") continue;
      const { replicas } = object["spec"] as { replicas?: number };
      this.report(key, counts(object, { replicas: replicas ?? 1 }));
    }
  }

  /** A workload's controller, or a Job's, reports. */
  report(key: string, status: Tree): void {
    const object = this.#get(key);
    this.#objects.set(key, { ...object, status: { observedGeneration: object.metadata.generation, ...status } });
  }

  /** Somebody writes an object, an autoscaler or a person. */
  write(key: string, spec: Tree): void {
    const object = this.#get(key);
    const generation = (object.metadata.generation ?? 0) + 1;
    const merged = { ...(object["spec"] as Tree), ...spec };
    this.#objects.set(key, { ...object, spec: merged, metadata: { ...object.metadata, generation } });
  }

  /** The labels of the pods that a workload makes now. */
  labelsOf(key: string): Readonly<Record<string, string>> {
    const { template } = this.#get(key)["spec"] as { template: { metadata: { labels: Readonly<Record<string, string>> } } };
    return template.metadata.labels;
  }

  /** Somebody deletes an object. */
  remove(key: string): void {
    this.#get(key);
    this.#objects.delete(key);
  }

  /** The names of the objects whose key begins so, oldest first. */
  names(prefix: string): readonly string[] {
    return [...this.#objects].filter(([key]) => key.startsWith(prefix)).map(([, { metadata }]) => metadata.name);
  }

  /** The newest Job ends. */
  endMigration(type: JobEnd, message = ""): void {
    const key = [...this.#objects.keys()].findLast((name) => name.startsWith("Job/"));
    if (key === undefined) throw new Error("there is no Job to end");
    this.report(key, {
      conditions: [{ type, status: "True", reason: type === "Complete" ? "Completed" : "BackoffLimitExceeded", message }],
    });
  }

  /** The operator looks until it finds nothing left to do; then the chapter is written down under its title. */
  record(title: string): void {
    this.#events = [];
    const writes: string[] = [];
    for (let round = 0; ; round++) {
      if (round === 20) throw new Error(`${title}: the operator finds no rest after ${round} reconciles: ${writes.join(", ")}`);
      const known = this.#status;
      const wrote = this.#reconcile();
      writes.push(...wrote);
      if (wrote.length === 0 && isDeepStrictEqual(known, this.#status)) break;
    }
    this.#record.push({ at: this.#now().slice(11, 19), when: title, ...this.#chapter(), ...(writes.length > 0 && { writes }) });
  }

  /** The app as the cluster holds it, with the status that was reported last; one that nobody has looked at has the default of the CRD. */
  app(): KubeObject {
    const annotations = Object.keys(this.#annotations).length > 0 ? { annotations: this.#annotations } : {};
    return {
      apiVersion: API_VERSION,
      kind: KIND,
      metadata: { name: "shop", namespace: "retail", generation: this.#generation, ...annotations },
      spec: { image: "ghcr.io/acme/shop:1", ...this.#spec },
      status: this.#status ?? { observedGeneration: NEVER_OBSERVED },
    };
  }

  /** The story so far as YAML, with revisions named in the order in which they came. */
  story(): string {
    const text = stringify(this.#record, { lineWidth: 0 });
    return this.#revisions.reduce((reported, revision, index) => reported.replaceAll(revision, `r${index + 1}`), text);
  }

  #chapter(): Tree {
    const status = this.#status;
    if (!status) throw new Error("nothing was reported");
    const conditions = (status.conditions ?? []).map(({ type, status: holds, reason, lastTransitionTime }) => [
      type,
      `${holds} ${reason} since ${lastTransitionTime.slice(11, 19)}`,
    ]);
    const events = this.#events.map(({ type, reason }) => `${type} ${reason}`);
    const { message, ...release } = status.release ?? { phase: "Pending" };
    return { release, message, conditions: Object.fromEntries(conditions) as Tree, ...(events.length > 0 && { events }) };
  }

  #reconcile(): readonly string[] {
    const snapshot = this.#snapshot();
    const plan = makePlan(snapshot);
    if (!this.#revisions.includes(plan.desired)) this.#revisions.push(plan.desired);
    if (takesStep(plan)) {
      this.#status = buildStepStatus({ plan, snapshot });
      this.#events.push(...eventsOfStep(plan));
      const secrets = plan.secrets.changed.map((name) => `Secret ${name} changed`);
      return [...(plan.decision.changed ? [`step ${plan.decision.reason}`] : []), ...secrets];
    }
    const children = plan.waves.flat();
    const failures = children.flatMap((child) => this.#refusalOf(child));
    const writes = children.filter(({ role }) => !failures.some((failure) => failure.role === role)).flatMap((child) => this.#apply(child));
    if (plan.renumbering) {
      const { object, number } = plan.renumbering;
      this.#objects.set(kindKey(object), { ...object, revision: number });
      writes.push(`numbered ${kindKey(object)} ${number}`);
    }
    for (const { object } of plan.prune) {
      this.#objects.delete(kindKey(object));
      writes.push(`deleted ${kindKey(object)}`);
    }
    const report = { snapshot, plan, ...judgeComponents(plan, snapshot), failures, conflicts: [] };
    const before = this.#status;
    this.#status = buildStatus(report);
    this.#events.push(...eventsBetween(before, this.#status));
    return writes;
  }

  #refusalOf({ role, object }: Child): readonly ChildFailure[] {
    const message = this.#refused.get(kindKey(object));
    return message === undefined ? [] : [{ kind: object.kind, name: object.metadata.name, role, reason: "ApplyRefused", message }];
  }

  #apply(child: Child): readonly string[] {
    const key = kindKey(child.object);
    const live = this.#objects.get(key);
    const spec = { ...(child.object["spec"] as Tree | undefined), ...liveReplicas(live, child) };
    const writes: string[] = [];
    if (!live || !isDeepStrictEqual(live["spec"], spec)) {
      this.#objects.set(key, next(live, child, spec));
      writes.push(`${live ? "configured" : "created"} ${key}`);
    }
    const before = this.#objects.get(key);
    const replicas = decideReplicas(child, before);
    if (replicas === undefined) return writes;
    this.write(key, { replicas });
    this.#remember(key, rememberedReplicas(child, before));
    return [...writes, `scaled ${key} to ${replicas}`];
  }

  /** The field manager of replica counts has one annotation, which a write without it removes. */
  #remember(key: string, replicas: number | undefined): void {
    const object = this.#get(key);
    const { [QUIESCED_REPLICAS_ANNOTATION]: _before, ...others } = object.metadata.annotations ?? {};
    const annotations = { ...others, ...(replicas !== undefined && { [QUIESCED_REPLICAS_ANNOTATION]: String(replicas) }) };
    this.#objects.set(key, { ...object, metadata: { ...object.metadata, annotations } });
  }

  #snapshot(): Snapshot {
    return snapshotOf(this.#spec, {
      annotations: this.#annotations,
      contractLog: this.#contractLog,
      now: this.#now(),
      generation: this.#generation,
      status: this.#status,
      owned: [...this.#objects.values()],
      pods: this.#pods,
      references: { ...this.#references },
    });
  }

  #now(): string {
    return `${new Date(Date.UTC(2026, 10, 27, 8) + this.#seconds * 1000).toISOString().slice(0, 19)}Z`;
  }

  #get(key: string): LiveObject {
    const found = this.#objects.get(key);
    if (!found) throw new Error(`there is no ${key} among ${[...this.#objects.keys()].join(", ")}`);
    return found;
  }
}

/** What a Deployment's or StatefulSet's controller reports when it has acted on the newest template. */
function counts(
  object: LiveObject,
  { replicas, updated = replicas, ready = updated }: { replicas: number; updated?: number; ready?: number },
): Tree {
  return {
    observedGeneration: object.metadata.generation,
    replicas,
    updatedReplicas: updated,
    readyReplicas: ready,
    availableReplicas: ready,
  };
}

function liveReplicas(live: LiveObject | undefined, { object }: Child): Tree {
  if (object.kind !== "Deployment") return {};
  return { replicas: (live?.["spec"] as { replicas?: number } | undefined)?.replicas ?? 1 };
}

function next(live: LiveObject | undefined, { object }: Child, spec: Tree): LiveObject {
  const generation = (live?.metadata.generation ?? 0) + 1;
  const status = live?.["status"];
  return owned(object.kind, object.metadata.name, {
    ...object,
    spec,
    ...(status !== undefined && { status }),
    metadata: { ...object.metadata, generation, annotations: { ...live?.metadata.annotations, ...object.metadata.annotations } },
  });
}
