import { isDeepStrictEqual } from "node:util";
import { podsOf } from "../api/disruption.ts";
import type { UserRequest } from "../api/requests.ts";
import type { Rollout } from "../api/rollout.ts";
import type { HandledRequest, QuarantinedRelease, ReleaseStatus } from "../api/status.ts";
import { decideRelease, type RolloutDecision } from "../plan/rollout/next-step.ts";
import type { AnalysisVerdict, RolloutObservation, TrackHealth } from "../plan/rollout/observation.ts";
import { migratingRelease } from "../plan/rollout/state.ts";
import { judgeTrack } from "../plan/rollout/track-health.ts";
import type { Tracks } from "../plan/rollout/tracks.ts";
import { judgeSample, judgeWithoutUsers } from "./simulated-analysis.ts";
import { SimulatedDeployment, type Behaviour, type SimulatedPod } from "./simulated-deployment.ts";
import { SimulatedEntrance } from "./simulated-entrance.ts";
import { SimulatedJobs, type JobEnd } from "./simulated-jobs.ts";
import { migrationWrites, observeMigrations, restWrite, type MigrationView } from "./simulated-migrations.ts";
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
  /** Puts what happens in one tick into an order. */
  readonly shuffle?: <T>(actors: readonly T[]) => readonly T[];
  /** Ticks by which the operator's view of the cluster lags behind; its own writes it sees at once. */
  readonly lag?: () => number;
  /** Writes after which the operator dies; the next tick starts another one. */
  readonly writesPerLife?: number;
}

/** The part of an observation that comes from the cluster. */
type View = Pick<RolloutObservation, "stableWeb" | "candidateWeb" | "workers" | "running" | "analysis"> & Omit<MigrationView, "workers">;

/** What the operator has persisted. */
export interface Persisted {
  release?: ReleaseStatus;
  quarantined: readonly QuarantinedRelease[];
  requests: HandledRequest[];
}

/** A deterministic cluster with an operator: no Kubernetes, no clock; only decisions and what they lead to. */
export class Simulator {
  readonly settings: SimulationSettings;
  readonly persisted: Persisted = { quarantined: [], requests: [] };
  readonly stored: string[] = [];
  desired = "a";
  rollout: Rollout;
  requests: UserRequest[] = [];
  freeze: RolloutObservation["freeze"];
  blocked: string | undefined;
  suspended = false;
  hasGateway: boolean;
  /** What the autoscaler wants of the stable track; undefined: it leaves it alone. */
  autoscale: number | undefined;
  metricsAreDead = false;
  /** Seconds until which no operator runs. */
  awayUntil = 0;
  load: number;
  seconds = 0;
  stable: SimulatedDeployment | undefined;
  candidate: SimulatedDeployment | undefined;
  workers: SimulatedDeployment[] = [];
  readonly entrance = new SimulatedEntrance();
  /** Writes that led requests to pods which are not there. */
  readonly mistakes: string[] = [];
  verdict: AnalysisVerdict | undefined;
  /** The verdict that the operator saw when it last took a step. */
  seenVerdict: AnalysisVerdict | undefined;
  last: RolloutDecision | undefined;
  /** Decisions of this tick that took a step. */
  taken: RolloutDecision[] = [];
  readonly jobs: SimulatedJobs;
  readonly contracts: SimulatedJobs;
  /** Releases that a contract migration which has begun left behind. */
  readonly outgrown = new Set<string>();
  readonly #traffic = new SimulatedTraffic();
  readonly #views: View[] = [];
  #freshFrom = 0;
  /** minReplicas of the autoscaler, as the operator wrote it. */
  #floor = 0;
  /** What the workers came to before they were put to rest. */
  readonly #rested = new Map<string, number>();
  #writes = 0;
  /** What the operator saw when it last looked, and when it wants to look again though nothing happens. */
  #known: Omit<RolloutObservation, "now"> | undefined;
  #wakeAt = 0;

  constructor(settings: SimulationSettings) {
    this.settings = settings;
    this.rollout = settings.rollout;
    this.hasGateway = settings.hasGateway === true;
    this.load = settings.load ?? 100;
    this.jobs = new SimulatedJobs((release) => settings.releases[release]?.migration ?? "done");
    this.contracts = new SimulatedJobs((release) => settings.releases[release]?.contract ?? "done");
    if (settings.empty) return;
    this.stored.push("a");
    this.jobs.finish("a");
    this.stable = this.#deploy("shop-web", "stable", "a", this.scale.min);
    this.workers = Array.from({ length: settings.workers ?? 1 }, (_, index) => this.#deploy(`shop-worker-${index}`, "stable", "a", 1));
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
    return `${new Date(begin + this.seconds * 1000).toISOString().slice(0, 19)}Z`;
  }

  /** The bounds of the stable web track. */
  get scale(): { readonly min: number; readonly max: number } {
    return this.settings.scale ?? { min: 4, max: 4 };
  }

  /** All Deployments that exist. */
  get deployments(): readonly SimulatedDeployment[] {
    return [this.stable, this.candidate, ...this.workers].filter((deployment) => deployment !== undefined);
  }

  /** The pods that get the users' requests of the web Service. */
  get endpoints(): readonly SimulatedPod[] {
    return this.entrance.endpoints(this.stable, this.candidate);
  }

  /** All web pods, ready or not. */
  get webPods(): readonly SimulatedPod[] {
    return [...(this.stable?.pods ?? []), ...(this.candidate?.pods ?? [])];
  }

  /** Everything acts once, in the order of the simulation. */
  tick(): void {
    this.seconds += tickSeconds;
    this.taken = [];
    for (const deployment of this.deployments) deployment.runPods(this.seconds);
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

  #deploy(name: string, track: string, release: string, desired: number): SimulatedDeployment {
    return new SimulatedDeployment(
      { name, track, release, desired, now: this.seconds },
      {
        surge: podsOf(this.rollout.rolling.batch, desired),
        deadlineSeconds: this.rollout.progressDeadlineSeconds,
        behaviourOf: (id) => this.behaviourOf(id),
      },
    );
  }

  #control(): void {
    for (const deployment of this.deployments) deployment.reconcile(this.seconds);
  }

  #scale(): void {
    if (this.autoscale === undefined || !this.stable || this.stable.desired === 0) return;
    this.stable.scale(Math.min(Math.max(this.autoscale, this.scale.min, this.#floor), this.scale.max));
  }

  /** Judges the candidate as the analysis would: over the requests of the last three ticks. */
  #sample(): void {
    const { candidate } = this.persisted.release ?? {};
    const { analysis } = this.rollout.canary;
    if (candidate === undefined || this.metricsAreDead || this.seconds % analysis.intervalSeconds !== 0) return;
    const behaviour = this.behaviourOf(candidate);
    const isPreview = this.persisted.release?.phase === "Preview";
    this.verdict = {
      at: this.now,
      ...(isPreview ? judgeWithoutUsers() : judgeSample(behaviour, this.#traffic.recent(candidate), analysis)),
    };
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
      if (decision.changed) this.seenVerdict = view.analysis;
      this.last = decision;
      this.#known = withoutTime(seen);
      this.#wakeAt = this.seconds + (decision.requeueAfterMs ?? Infinity) / 1000;
      this.#persist(decision);
      // A step is only written down; the look that reads it back acts on it.
      if (decision.changed) this.taken.push(decision);
      else this.#apply(decision.tracks);
      if (this.#isDead()) this.#known = undefined;
      // Its own writes wake it at once, before anybody else has acted on them.
      if ((!decision.changed && this.#writes === before) || this.#isDead()) return;
    }
  }

  /** Something happened, a time that the operator named has come, or a new operator has started. */
  #isWoken(): boolean {
    return this.seconds >= this.#wakeAt || !isDeepStrictEqual(this.#known, withoutTime(this.#observe(this.#laggingView())));
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

  /** Brings the cluster to the tracks, write by write in the order of waves and prune; a dead operator stops in the middle. */
  #apply(tracks: Tracks): void {
    const { stable, candidate } = tracks;
    const writes = [
      () => this.#applyEntrance(this.entrance.serviceWrite(tracks)),
      () => this.#applyMigrations(tracks),
      () => stable !== undefined && this.#applyStable(stable, tracks.stableAtLeast),
      () => this.workers.forEach((worker) => this.#rest(worker, tracks.resting === true)),
      () => candidate && this.#applyCandidate(candidate),
      () => this.#applyEntrance(this.entrance.routeWrite(tracks)),
      () => candidate ?? this.#prune(),
    ];
    for (const write of writes) if (!this.#isDead()) write();
  }

  #applyEntrance(write: (() => void) | undefined): void {
    if (!write) return;
    this.#write(true, write);
    // An operator whose caches lag cannot know better.
    const isLost = this.entrance.leadsToCanary && (this.candidate?.ready.length ?? 0) === 0;
    if (isLost && (this.settings.lag?.() ?? 0) === 0) this.mistakes.push("the route was led to a canary without a ready pod");
  }

  #prune(): void {
    if (!this.candidate) return;
    this.#write(true, () => (this.candidate = undefined));
    if (this.entrance.leadsToCanary) this.mistakes.push("the canary's pods went while the route led to them");
  }

  #applyMigrations(tracks: Tracks): void {
    for (const write of migrationWrites(tracks, this)) this.#write(true, write);
  }

  #rest(worker: SimulatedDeployment, resting: boolean): void {
    const write = restWrite(worker, resting, this.#rested);
    if (write) this.#write(true, write);
  }

  #applyStable(release: string, atLeast = 0): void {
    this.#write(this.#floor !== atLeast, () => (this.#floor = atLeast));
    if (!this.stored.includes(release)) this.stored.push(release);
    const web = (this.stable ??= this.#deploy("shop-web", "stable", release, this.scale.min));
    this.#write(web.release !== release, () => web.retemplate(release, this.seconds));
    if (this.suspended) this.#write(web.desired > 0, () => web.scale(0));
    else {
      const least = Math.max(this.scale.min, atLeast);
      this.#write(web.desired < least, () => web.scale(least));
    }
    for (const worker of this.workers) this.#write(worker.release !== release, () => worker.retemplate(release, this.seconds));
  }

  #applyCandidate(wanted: NonNullable<Tracks["candidate"]>): void {
    if (!this.stored.includes(wanted.release)) this.stored.push(wanted.release);
    const { release, replicas } = wanted;
    if (!this.candidate) {
      this.#write(true, () => (this.candidate = this.#deploy("shop-web-canary", "canary", release, replicas)));
      return;
    }
    const { candidate } = this;
    this.#write(candidate.release !== release, () => candidate.retemplate(release, this.seconds));
    this.#write(candidate.desired !== replicas, () => candidate.scale(replicas));
  }

  #write(differs: boolean, write: () => void): void {
    if (!differs || this.#isDead()) return;
    write();
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
    const health = (deployment: SimulatedDeployment | undefined, floor?: number): TrackHealth | undefined =>
      judgeTrack(deployment?.toObject(this.seconds), deployment?.podObjects() ?? [], floor);
    return {
      stableWeb: health(this.stable, this.suspended ? 0 : this.scale.min),
      candidateWeb: health(this.candidate),
      workers: this.workers.map((worker) => health(worker)).filter((found) => found !== undefined),
      running: this.stable?.release,
      analysis: this.verdict,
      jobs: this.jobs.states(),
      contracts: this.contracts.states(),
      alive: new Set(this.deployments.flatMap(({ pods }) => pods.map(({ release }) => release))),
    };
  }

  #observe({ jobs, contracts, alive, ...view }: View): RolloutObservation {
    const { rollout, desired, persisted, suspended, hasGateway, requests, freeze, blocked, scale, stored, settings } = this;
    const status = {
      ...(persisted.release && { release: persisted.release }),
      quarantined: persisted.quarantined,
      requests: persisted.requests,
    };
    const facts = { settings, migrating: migratingRelease({ status, desired }), stable: persisted.release?.stable, stored };
    const migrations = observeMigrations({ jobs, contracts, alive, workers: view.workers }, facts);
    const spec = { desired, rollout, suspended, hasGateway, requests, freeze, blocked, scale };
    return { now: this.now, status, ...spec, ...migrations, stored, ...view };
  }
}

function withoutTime({ now: _now, ...rest }: RolloutObservation): Omit<RolloutObservation, "now"> {
  return rest;
}
