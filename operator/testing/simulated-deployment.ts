import { podsOf } from "../api/disruption.ts";
import { COMPONENT_LABEL, RELEASE_LABEL, SECRETS_ANNOTATION, TRACK_LABEL } from "../api/labels.ts";
import type { Tree } from "../base/tree.ts";
import type { LiveObject } from "../plan/observe/snapshot.ts";
import { appOf } from "./rendered.ts";

/** What is known of the app whose pods are simulated. */
export const context = { app: appOf() };

/** How the pods of a release behave. */
export interface Behaviour {
  /** Seconds until a pod is ready; Infinity: never. */
  readonly readyAfter: number;
  /** Its container ends again and again. */
  readonly crashes?: boolean;
  /** Percent of the requests that a pod answers with a 5xx status. */
  readonly errorPercent: number;
  /** The p99 latency in milliseconds. */
  readonly latency: number;
  /** The faults above begin only so many seconds after the first request. */
  readonly faultyAfter?: number;
}

/** A pod of the simulation. */
export interface SimulatedPod {
  readonly name: string;
  readonly release: string;
  /** The data of the Secrets that it has read. */
  readonly secrets: number;
  /** When its containers last started. */
  startedAt: number;
  ready: boolean;
  restarts: number;
  /** When it came into being. */
  readonly bornAt: number;
  /** Its container's last run, where something outside ended it. */
  lastRun?: { readonly startedAt: number; readonly endedAt: number };
}

/** A pod on its way out. */
export interface TerminatingPod {
  readonly pod: SimulatedPod;
  /** When it ends, in seconds. */
  readonly until: number;
}

/** What the Deployments of a simulation have in common. */
export interface DeploymentSettings {
  readonly surge: number | string;
  readonly deadlineSeconds: number;
  /** Seconds that a pod takes to end. */
  readonly drainSeconds: number;
  readonly behaviourOf: (release: string) => Behaviour;
}

/** A Deployment with its controller: surge pods more than wanted at most, and never fewer ready ones than wanted. */
export class SimulatedDeployment {
  readonly name: string;
  readonly #track: string;
  readonly #settings: DeploymentSettings;
  release: string;
  desired: number;
  /** The data of the Secrets that its template names; 0: those of the beginning. */
  secrets: number;
  pods: SimulatedPod[] = [];
  /** Pods that are on their way out: they get no new requests, and hold what they have until they end. */
  terminating: TerminatingPod[] = [];
  #generation = 1;
  #observed = 0;
  /** What the controller counted when it last acted. */
  #counts = { replicas: 0, updatedReplicas: 0, availableReplicas: 0 };
  #progressAt: number;
  #born = 0;
  #mostReady = 0;

  constructor(
    of: Pick<SimulatedDeployment, "name" | "release" | "desired" | "secrets"> & { readonly track: string; readonly now: number },
    settings: DeploymentSettings,
  ) {
    this.name = of.name;
    this.#track = of.track;
    this.release = of.release;
    this.desired = of.desired;
    this.secrets = of.secrets;
    this.#progressAt = of.now;
    this.#settings = settings;
  }

  /** Somebody writes the template. */
  retemplate(release: string, now: number, secrets = this.secrets): void {
    if (release === this.release && secrets === this.secrets) return;
    this.release = release;
    this.secrets = secrets;
    this.#generation += 1;
    this.#progressAt = now;
    this.#mostReady = 0;
  }

  /** Somebody writes the replica count. */
  scale(desired: number): void {
    if (desired === this.desired) return;
    this.desired = desired;
    this.#generation += 1;
  }

  /** The pods that are ready. */
  get ready(): readonly SimulatedPod[] {
    return this.pods.filter(({ ready }) => ready);
  }

  /** Time reaches the pods. */
  runPods(now: number): void {
    this.terminating = this.terminating.filter(({ until }) => until > now);
    for (const pod of this.pods) {
      const behaviour = this.#settings.behaviourOf(pod.release);
      if (behaviour.crashes) pod.restarts = Math.floor((now - pod.startedAt) / 5);
      pod.ready = !behaviour.crashes && now - pod.startedAt >= behaviour.readyAfter;
    }
  }

  /** The controller acts. */
  reconcile(now: number): void {
    this.#observed = this.#generation;
    this.#dropSurplus(now);
    const missing = this.desired - this.#updated().length;
    const room = this.desired + podsOf(this.#settings.surge, this.desired) - this.pods.length;
    for (let index = 0; index < Math.min(missing, Math.max(room, 0)); index++) this.#bear(now);
    const ready = this.#updated().filter((pod) => pod.ready).length;
    if (ready > this.#mostReady || this.#isComplete()) this.#progressAt = now;
    this.#mostReady = Math.max(ready, this.#mostReady);
    this.#counts = { replicas: this.pods.length, updatedReplicas: this.#updated().length, availableReplicas: this.ready.length };
  }

  /** The container of a ready pod ends once and starts again. */
  crashPod(now: number): void {
    const pod = this.ready.at(-1);
    if (pod) Object.assign(pod, { startedAt: now, ready: false, restarts: pod.restarts + 1 });
  }

  /** The liveness probe of every ready pod fails: the containers are killed and start again. */
  killPods(now: number): void {
    for (const pod of this.ready) {
      const lastRun = { startedAt: pod.startedAt, endedAt: now };
      Object.assign(pod, { startedAt: now, ready: false, restarts: pod.restarts + 1, lastRun });
    }
  }

  /** A node goes away with a pod. */
  losePod(): void {
    this.pods = this.pods.slice(1);
  }

  /** The Deployment as the API server would show it. */
  toObject(now: number): LiveObject {
    const late = !this.#isComplete() && now - this.#progressAt > this.#settings.deadlineSeconds;
    const labels = { [RELEASE_LABEL]: this.release, [TRACK_LABEL]: this.#track };
    return {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: this.name, generation: this.#generation },
      spec: {
        replicas: this.desired,
        selector: { matchLabels: this.#labels() },
        template: { metadata: { labels, annotations: secretsOf(this.secrets) } },
      },
      status: {
        observedGeneration: this.#observed,
        ...this.#counts,
        conditions: late ? [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }] : [],
      },
    };
  }

  /** Its pods as the API server would show them. */
  podObjects(timeOf: (seconds: number) => string): readonly LiveObject[] {
    return this.pods.map(({ name, release, secrets, restarts, ready, bornAt, lastRun }) => {
      const state = lastRun ? killState(timeOf(lastRun.startedAt), timeOf(lastRun.endedAt)) : crashState(restarts);
      return {
        apiVersion: "v1",
        kind: "Pod",
        metadata: {
          name,
          creationTimestamp: timeOf(bornAt),
          labels: { ...this.#labels(), [RELEASE_LABEL]: release },
          annotations: secretsOf(secrets),
        },
        status: { containerStatuses: [{ name: "app", ready, restartCount: restarts, ...state }] },
      };
    });
  }

  #labels(): Readonly<Record<string, string>> {
    return { deployment: this.name, [COMPONENT_LABEL]: this.name.replace("shop-", "").replace("-canary", "") };
  }

  #updated(): readonly SimulatedPod[] {
    return this.pods.filter((pod) => this.#isUpdated(pod));
  }

  #isUpdated({ release, secrets }: SimulatedPod): boolean {
    return release === this.release && secrets === this.secrets;
  }

  #isComplete(): boolean {
    return this.pods.length === this.desired && this.#updated().length === this.desired && this.ready.length === this.desired;
  }

  /** Old pods first and unready ones first; a ready one only where enough others are ready. */
  #dropSurplus(now: number): void {
    const old = this.pods.filter((pod) => !this.#isUpdated(pod));
    const surplus = this.#updated().slice(this.desired);
    for (const pod of [...old, ...surplus].toSorted((one, other) => Number(one.ready) - Number(other.ready))) {
      if (pod.ready && this.ready.length <= this.desired) continue;
      if (!pod.ready && this.pods.length <= this.desired && !this.#isUpdated(pod) && this.#updated().length >= this.desired) continue;
      this.pods = this.pods.filter((other) => other !== pod);
      this.terminating.push(this.#ending(pod, now));
    }
  }

  /** The Deployment is deleted; its pods end, each in its time. */
  end(now: number): readonly TerminatingPod[] {
    return [...this.terminating, ...this.pods.map((pod) => this.#ending(pod, now))];
  }

  #ending(pod: SimulatedPod, now: number): TerminatingPod {
    pod.ready = false;
    return { pod, until: now + this.#settings.drainSeconds };
  }

  #bear(now: number): void {
    this.#born += 1;
    this.pods.push({
      name: `${this.name}-${this.release}-${this.#born}`,
      release: this.release,
      secrets: this.secrets,
      startedAt: now,
      ready: false,
      restarts: 0,
      bornAt: now,
    });
  }
}

function secretsOf(secrets: number): Record<string, string> {
  return secrets === 0 ? {} : { [SECRETS_ANNOTATION]: `shop-db=${secrets}` };
}

function crashState(restarts: number): Tree {
  if (restarts < 2) return {};
  return { state: { waiting: { reason: "CrashLoopBackOff" } }, lastState: { terminated: { reason: "Error", exitCode: 1 } } };
}

function killState(startedAt: string, finishedAt: string): Tree {
  return { state: { running: {} }, lastState: { terminated: { reason: "Error", exitCode: 137, startedAt, finishedAt } } };
}
