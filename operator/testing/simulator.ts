import { isDeepStrictEqual } from "node:util";
import type { UserRequest } from "../api/requests.ts";
import type { Rollout } from "../api/rollout.ts";
import type { HandledRequest, QuarantinedRelease, Refusal, ReleaseStatus } from "../api/status.ts";
import { restartsSince } from "../plan/rollout/canary-steps.ts";
import { decideRelease, type RolloutDecision } from "../plan/rollout/next-step.ts";
import type { RolloutObservation, DeploymentHealth } from "../plan/rollout/observation.ts";
import { migratingRelease } from "../plan/rollout/state.ts";
import { observeDeployment } from "../plan/rollout/deployment-health.ts";
import { trialOf } from "../plan/rollout/trial.ts";
import type { Trial } from "../plan/analysis/evidence.ts";
import type { Verdict } from "../plan/analysis/verdict.ts";
import { seededRandom } from "../plan/analysis/random-draws.ts";
import { SimulatedAnalysis } from "./simulated-analysis.ts";
import { noteRefusals } from "../status/refusals.ts";
import { context, SimulatedDeployment, type Behaviour, type SimulatedPod, type TerminatingPod } from "./simulated-deployment.ts";
import { SimulatedEntrance } from "./simulated-entrance.ts";
import { SimulatedJobs, type JobEnd } from "./simulated-jobs.ts";
import { observeMigrations, type MigrationView } from "./simulated-migrations.ts";
import { writesOf } from "./simulated-execution.ts";
import { applyWrites, dependenciesOf } from "./simulated-writes.ts";
import { SimulatedTraffic } from "./simulated-traffic.ts";

/** Seconds of one tick. */
export const tickSeconds = 5;

const begin = Date.UTC(2026, 10, 27, 8);

/** How a release of the simulation behaves; the default is a good one. */
export interface SimulatedRelease extends Partial<Behaviour> {
  readonly migration?: JobEnd;
  /** It has a contract migration, which runs 30 s after it became stable. */
  readonly contract?: JobEnd;
}

/** What a simulation starts from: release `a` is stable and complete. */
export interface SimulationSettings {
  readonly rollout: Rollout;
  readonly releases: Readonly<Record<string, SimulatedRelease>>;
  readonly scale?: { readonly min: number; readonly max: number };
  readonly workers?: number;
  /** `migration.quiesce` */
  readonly quiesce?: boolean;
  /** Requests per second of all users. */
  readonly load?: number;
  /** A Gateway brings the requests. */
  readonly hasGateway?: boolean;
  /** There is no release yet. */
  readonly empty?: boolean;
  /** Seconds that a pod takes to end. Default: 10. */
  readonly drainSeconds?: number;
  /** Puts what happens in one tick into an order. */
  readonly shuffle?: <T>(actors: readonly T[]) => readonly T[];
  /** Ticks by which the operator's view of the cluster lags behind; its own writes it sees at once. */
  readonly lag?: () => number;
  /** Seed of the errors that are drawn at random. Default: 1. */
  readonly seed?: number;
  /** Writes after which the operator dies; the next tick starts another one. */
  readonly writesPerLife?: number;
}

/** The part of an observation that comes from the cluster. */
type View = Pick<RolloutObservation, "stableWeb" | "candidateWeb" | "workers" | "running"> & Omit<MigrationView, "workers">;

/** What the operator has persisted. */
export interface Persisted {
  release?: ReleaseStatus;
  quarantined: readonly QuarantinedRelease[];
  requests: HandledRequest[];
  refusals: readonly Refusal[];
}

/** A deterministic cluster with an operator: no Kubernetes, no clock; only decisions and what they lead to. */
export class Simulator {
  readonly settings: SimulationSettings;
  readonly persisted: Persisted = { quarantined: [], requests: [], refusals: [] };
  readonly stored: string[] = [];
  /** Releases whose copies of ConfigMaps exist. */
  readonly copies = new Set<string>();
  /** The release of the schedule. */
  schedule: string | undefined;
  /** Roles of children that the API server refuses to have written. */
  readonly refused = new Set<string>();
  desired = "a";
  rollout: Rollout;
  requests: UserRequest[] = [];
  freeze: RolloutObservation["freeze"];
  blocked: string | undefined;
  /** Counts the changes of the data of Secrets. */
  secrets = 0;
  suspended = false;
  hasGateway: boolean;
  /** The bounds of the stable web track, as the spec has them now; equal where the count is fixed. */
  scale: { readonly min: number; readonly max: number };
  /** What the autoscaler wants of the stable track; undefined: it leaves it alone within its bounds. */
  autoscale: number | undefined;
  metricsAreDead = false;
  /** Seconds until which no operator runs. */
  awayUntil = 0;
  load: number;
  seconds = 0;
  stable: SimulatedDeployment | undefined;
  candidate: SimulatedDeployment | undefined;
  workers: SimulatedDeployment[] = [];
  /** Pods of a candidate's Deployment that was deleted. */
  orphans: readonly TerminatingPod[] = [];
  readonly entrance = new SimulatedEntrance();
  /** Writes that led requests to pods which are not there. */
  readonly mistakes: string[] = [];
  /** minReplicas of the autoscaler, as the operator wrote it. */
  floor = 0;
  /** What the workers came to before they were put to rest. */
  readonly rested = new Map<string, number>();
  /** The verdict that the operator saw when it last took a step. */
  seenVerdict: Verdict | undefined;
  last: RolloutDecision | undefined;
  /** Decisions of this tick that took a step. */
  taken: RolloutDecision[] = [];
  readonly jobs: SimulatedJobs;
  readonly contracts: SimulatedJobs;
  /** Releases that a contract migration which has begun left behind. */
  readonly needingOldSchema = new Set<string>();
  readonly #traffic = new SimulatedTraffic();
  readonly #analysis: SimulatedAnalysis;
  readonly #views: View[] = [];
  #freshFrom = 0;
  #writes = 0;
  /** The way to the canary was written in this look. */
  #routeChanged = false;
  /** What the operator saw when it last looked, and when it wants to look again though nothing happens. */
  #known: (Omit<RolloutObservation, "now"> & { readonly secrets: number }) | undefined;
  #wakeAt = 0;

  constructor(settings: SimulationSettings) {
    this.settings = settings;
    this.rollout = settings.rollout;
    this.scale = settings.scale ?? { min: 4, max: 4 };
    this.hasGateway = settings.hasGateway === true;
    this.load = settings.load ?? 100;
    this.#analysis = new SimulatedAnalysis(seededRandom(settings.seed ?? 1));
    this.jobs = new SimulatedJobs((release) => settings.releases[release]?.migration ?? "done");
    this.contracts = new SimulatedJobs((release) => settings.releases[release]?.contract ?? "done");
    if (settings.empty) return;
    this.stored.push("a");
    this.copies.add("a");
    this.schedule = "a";
    this.jobs.finish("a");
    this.stable = this.deploy("shop-web", "stable", "a", this.scale.min);
    this.workers = Array.from({ length: settings.workers ?? 1 }, (_, index) => this.deploy(`shop-worker-${index}`, "stable", "a", 1));
    for (let round = 0; round < 20; round++) {
      for (const deployment of this.deployments) {
        deployment.reconcile(-100 + 5 * round);
        deployment.runPods(1000);
      }
    }
    const at = this.now;
    this.persisted.release = { stable: "a", phase: "Stable", message: "release a serves all users", startedAt: at, phaseStartedAt: at };
  }

  /** The moment of the simulation. */
  get now(): string {
    return timeOf(this.seconds);
  }

  /** What is known of the release on trial. */
  get verdict(): Verdict | undefined {
    return this.#analysis.verdictOn(this.#trial(), this.persisted.release?.phase !== "Preview");
  }

  /** All Deployments that exist. */
  get deployments(): readonly SimulatedDeployment[] {
    return [this.stable, this.candidate, ...this.workers].filter((deployment) => deployment !== undefined);
  }

  /** The pods that get the users' requests of the web Service. */
  get endpoints(): readonly SimulatedPod[] {
    return this.entrance.endpoints(this.stable, this.candidate);
  }

  /** Web pods on their way out. */
  get terminatingWebPods(): readonly SimulatedPod[] {
    return [...(this.stable?.terminating ?? []), ...(this.candidate?.terminating ?? []), ...this.orphans].map(({ pod }) => pod);
  }

  /** All web pods, ready or not, but those on their way out. */
  get webPods(): readonly SimulatedPod[] {
    return [...(this.stable?.pods ?? []), ...(this.candidate?.pods ?? [])];
  }

  /** Everything acts once, in the order of the simulation. */
  tick(): void {
    this.seconds += tickSeconds;
    this.taken = [];
    for (const deployment of this.deployments) deployment.runPods(this.seconds);
    this.orphans = this.orphans.filter(({ until }) => until > this.seconds);
    const actors = [
      () => this.#control(),
      () => this.jobs.run(this.seconds),
      () => this.contracts.run(this.seconds),
      () => this.#scale(),
      () => this.#traffic.serve(this.entrance.backends(this.stable, this.candidate), this.load * tickSeconds, this.seconds),
      () => this.#sample(),
      () => this.#operate(),
    ];
    for (const act of this.settings.shuffle?.(actors) ?? actors) act();
    this.#views.push(this.#view());
  }

  /** A user asks for something. */
  ask(action: UserRequest["action"], id: string, release?: string): void {
    const others = this.requests.filter((request) => request.action !== action);
    this.requests = [...others, { action, id, ...(release !== undefined && { release }) }];
  }

  /** What the operator would decide now, with a fresh view of everything; `release` stands for what is persisted. */
  decideNow(release = this.persisted.release): RolloutDecision {
    const seen = this.#observe(this.#view());
    return decideRelease({ ...seen, status: { ...seen.status, ...(release && { release }) } });
  }

  /** How a release behaves now. */
  behaviourOf(release: string): Behaviour {
    const given = this.settings.releases[release] ?? {};
    const faultless = { readyAfter: 10, errorPercent: 0.2, latency: 120 };
    const servedFor = this.seconds - this.#traffic.servedSince(release);
    if (given.faultyAfter !== undefined && servedFor < given.faultyAfter) return faultless;
    return { ...faultless, ...given };
  }

  /** Makes a Deployment. */
  deploy(name: string, track: string, release: string, desired: number): SimulatedDeployment {
    return new SimulatedDeployment(
      { name, track, release, desired, secrets: this.secrets, now: this.seconds },
      {
        surge: this.rollout.rolling.batch,
        deadlineSeconds: this.rollout.progressDeadlineSeconds,
        drainSeconds: this.settings.drainSeconds ?? 10,
        behaviourOf: (id) => this.behaviourOf(id),
      },
    );
  }

  #control(): void {
    for (const deployment of this.deployments) deployment.reconcile(this.seconds);
  }

  #scale(): void {
    const { min, max } = this.scale;
    const isAutoscaled = this.autoscale !== undefined || min < max;
    if (!isAutoscaled || !this.stable || this.stable.desired === 0) return;
    this.stable.scale(Math.min(Math.max(this.autoscale ?? this.stable.desired, min, this.floor), max));
  }

  /** Ends a round of measuring, where the operator measures now. */
  #sample(): void {
    const { stable } = this.persisted.release ?? {};
    const trial = this.#trial();
    const isDue = this.seconds % this.rollout.canary.analysis.intervalSeconds === 0;
    if (!trial || stable === undefined || this.metricsAreDead || this.seconds < this.awayUntil || !isDue) return;
    const answered = (release: string) => ({ release, requests: this.#traffic.answered(release), behaviour: this.behaviourOf(release) });
    const candidate = answered(this.persisted.release?.candidate ?? "");
    this.#analysis.measure(trial, Date.parse(this.now), { candidate, stable: answered(stable) });
  }

  #trial(): Trial | undefined {
    return trialOf(this.rollout, this.persisted.release);
  }

  #forget(): void {
    this.#known = undefined;
    this.#analysis.forget();
  }

  #operate(): void {
    if (this.seconds < this.awayUntil || !this.#isWoken()) return;
    this.#writes = 0;
    for (let round = 0; ; round++) {
      if (round === 10) throw new Error(`the operator finds no rest at t=${this.seconds}s in state ${this.last?.state}`);
      const before = this.#writes;
      const view = this.#laggingView();
      const seen = this.#observe(view);
      const decision = decideRelease(seen);
      if (decision.changed) this.seenVerdict = seen.analysis;
      this.last = decision;
      this.#known = { ...withoutTime(seen), secrets: this.secrets };
      this.#persist(decision);
      // A step is only written down; the look that reads it back acts on it.
      if (decision.changed) this.taken.push(decision);
      else this.#apply(decision);
      this.#wakeAt =
        this.seconds + Math.min(decision.requeueAfterMs ?? Infinity, this.persisted.refusals.length > 0 ? 30_000 : Infinity) / 1000;
      if (this.#isDead()) this.#forget();
      // Its own writes wake it at once, before anybody else has acted on them.
      if ((!decision.changed && this.#writes === before) || this.#isDead()) return;
    }
  }

  /** Something happened, a time that the operator named has come, or a new operator has started. */
  #isWoken(): boolean {
    return (
      this.seconds >= this.#wakeAt ||
      !isDeepStrictEqual(this.#known, { ...withoutTime(this.#observe(this.#laggingView())), secrets: this.secrets })
    );
  }

  #persist({ release, quarantined, handled, changed }: RolloutDecision): void {
    this.persisted.release = release;
    this.persisted.quarantined = quarantined;
    for (const each of handled) {
      const others = this.persisted.requests.filter(({ action }) => action !== each.action);
      this.persisted.requests = [...others, { ...each, at: this.now }];
    }
    // What is only noted costs no life: it is written last, and lost or not, it holds nothing up.
    if (changed) this.#writes += 1;
  }

  #isDead(): boolean {
    return this.#writes >= (this.settings.writesPerLife ?? Infinity);
  }

  /** Makes a decision, write by write in the order of waves and prune; a dead operator stops in the middle. */
  #apply(decision: RolloutDecision): void {
    const outcome = applyWrites(writesOf(this, decision), {
      dependencies: dependenciesOf(this, decision.placement),
      isRefused: (role) => this.refused.has(role),
      isDead: () => this.#isDead(),
      write: (run) => this.#write(run),
    });
    this.#checkRoute();
    // What is only noted costs no life.
    if (!this.#isDead()) this.persisted.refusals = noteRefusals(outcome, this.persisted.refusals, this.now);
  }

  /** An operator whose caches lag cannot know better, nor one that is quicker than the Deployment's controller. */
  #checkRoute(): void {
    const isLost = this.#routeChanged && this.entrance.leadsToCanary && (this.#view().candidateWeb?.ready ?? 0) === 0;
    this.#routeChanged = false;
    if (isLost && (this.settings.lag?.() ?? 0) === 0) this.mistakes.push("the route was led to a canary without a ready pod");
  }

  #write(write: () => void): void {
    const before = [this.entrance.share, this.entrance.detoured];
    write();
    this.#routeChanged ||= before[0] !== this.entrance.share || before[1] !== this.entrance.detoured;
    this.#writes += 1;
    this.#freshFrom = this.#views.length;
  }

  /** What the operator's caches show: late, but never from before its own last write. */
  #laggingView(): View {
    const lag = this.settings.lag?.() ?? 0;
    const at = Math.max(this.#freshFrom, this.#views.length - lag);
    return this.#views[at] ?? this.#view();
  }

  #view(): View {
    const all = this.deployments.flatMap((deployment) => deployment.podObjects(timeOf));
    const known = this.persisted.release;
    const restarts = { now: this.now, since: known && restartsSince(known), sidecars: "judge" } as const;
    const health = (deployment: SimulatedDeployment | undefined, floor?: number): DeploymentHealth | undefined =>
      observeDeployment(deployment?.toObject(this.seconds), all, { floor, restarts, context: { ...context, now: timeOf(this.seconds) } });
    return {
      stableWeb: health(this.stable, this.suspended ? 0 : this.scale.min),
      candidateWeb: health(this.candidate),
      workers: this.workers.map((worker) => health(worker)).filter((found) => found !== undefined),
      running: this.stable?.release,
      jobs: this.jobs.states(),
      contracts: this.contracts.states(),
      alive: new Set([...this.deployments.flatMap(({ pods }) => pods), ...this.#ending()].map(({ release }) => release)),
      working: this.workers.filter(({ pods, terminating }) => pods.length + terminating.length > 0).map(({ name }) => name),
    };
  }

  #ending(): readonly SimulatedPod[] {
    return [...this.terminatingWebPods, ...this.workers.flatMap(({ terminating }) => terminating.map(({ pod }) => pod))];
  }

  #observe({ jobs, contracts, alive, working, ...view }: View): RolloutObservation {
    const { rollout, desired, persisted, suspended, hasGateway, requests, freeze, blocked, scale, stored, settings } = this;
    const status = {
      ...(persisted.release && { release: persisted.release }),
      quarantined: persisted.quarantined,
      requests: persisted.requests,
    };
    const facts = { settings, migrating: migratingRelease({ status, desired }), stable: persisted.release?.stable, stored };
    const migrations = observeMigrations({ jobs, contracts, alive, working, workers: view.workers }, facts);
    const analysis = this.verdict;
    const spec = { analysis, desired, rollout, suspended, hasGateway, requests, freeze, blocked, scale, refusals: persisted.refusals };
    return { now: this.now, status, ...spec, ...migrations, stored, orphans: 0, ...view };
  }
}

function timeOf(seconds: number): string {
  return `${new Date(begin + seconds * 1000).toISOString().slice(0, 19)}Z`;
}

function withoutTime({ now: _now, ...rest }: RolloutObservation): Omit<RolloutObservation, "now"> {
  return rest;
}
