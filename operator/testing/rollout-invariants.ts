import { podsOf } from "../api/disruption.ts";
import { isDeepStrictEqual } from "node:util";
import { needsOldSchema } from "../plan/rollout/contract.ts";
import { largestWeight, mostPods } from "../plan/rollout/replicas.ts";
import { checkOthers, checkStarts } from "./refusal-invariants.ts";
import { deploymentRole } from "./simulated-writes.ts";
import { tickSeconds, type Simulator } from "./simulator.ts";

/** Caches lag by six ticks at most, and an operator that dies after each write needs some more. */
const mostLostTicks = 10;

/** What must hold at every moment of every rollout, whatever happens. */
export class RolloutInvariants {
  readonly #cluster: Simulator;
  #knownPods = new Set<string>();
  /** Releases that were quarantined before this tick. */
  #banned = new Set<string>();
  #before: {
    phase?: string | undefined;
    step?: number | undefined;
    stableTemplate?: string | undefined;
    candidateTemplate?: string | undefined;
    stepStartedAt?: string | undefined;
    stableRelease?: string | undefined;
    phaseStartedAt?: string | undefined;
  } = {};
  /** Pods that were lost to a node, for which the cluster gets time; a candidate that goes back meanwhile does not make up for them. */
  #lost = 0;
  #scales: number[] = [];
  #weights: number[] = [];
  /** The release whose own pods were last seen ready, and when (seconds). */
  #ready: { readonly release?: string; readonly at: number } = { at: 0 };
  /** Ticks for which requests have been led to a canary that has no ready pod. */
  #lostTicks = 0;

  constructor(cluster: Simulator) {
    this.#cluster = cluster;
    for (const { name } of cluster.webPods) this.#knownPods.add(name);
    this.#remember();
  }

  /** A node is about to take a pod with it. */
  forgive(pods: number): void {
    this.#lost += pods;
  }

  /** Looks at the cluster after a tick; returns what is wrong, in words. */
  check(): readonly string[] {
    const found = [
      ...this.#floor(),
      ...this.#connections(),
      ...this.#serving(),
      ...this.#routed(),
      ...this.#stableKept(),
      ...this.#promotion(),
      ...this.#blame(),
      ...this.#weight(),
      ...this.#proven(),
      ...this.#quarantine(),
      ...this.#migrations(),
      ...this.#needingOldSchema(),
      ...checkStarts(this.#cluster),
    ];
    this.#remember();
    return found.map((message) => `t=${this.#cluster.seconds}s: ${message}`);
  }

  /** Looks at the cluster after everything has come to rest. */
  checkRest(): readonly string[] {
    const { persisted } = this.#cluster;
    const decision = this.#cluster.decideNow();
    const again = this.#cluster.decideNow(decision.release);
    const { phase = "Pending", pause } = persisted.release ?? {};
    const isHeld = phase === "Pending" && needsOldSchema({ phase, ...persisted.release }, persisted.release?.candidate);
    // What is left of the last one, and cannot be cleared away, holds the next one.
    const isBlocked = phase === "Pending" && persisted.refusals.length > 0;
    const isAtRest = ["Stable", "Failed", "Suspended"].includes(phase) || pause !== undefined || isHeld || isBlocked;
    // A paused release is still watched, so figures that are newer than the last look may be noted; all else must stand still.
    const known = pause === undefined ? persisted.release : decision.release;
    return [
      ...this.#secretsRead(),
      ...(isAtRest ? [] : [`it never comes to rest: phase ${phase}, ${persisted.release?.message ?? ""}`]),
      ...(decision.changed ? [`it would decide ${decision.reason} without an end`] : []),
      ...(isDeepStrictEqual(again.release, known) ? [] : ["the same observation changes the status again"]),
      ...checkOthers(this.#cluster),
    ];
  }

  /** Once all is at rest, every pod has read what the Secrets hold. */
  #secretsRead(): readonly string[] {
    const { deployments, secrets, awayUntil, seconds, refused } = this.#cluster;
    const isBehind = (pod: { readonly secrets: number }) => pod.secrets !== secrets;
    const late =
      seconds < awayUntil ? [] : deployments.filter(({ pods, name }) => pods.some(isBehind) && !refused.has(deploymentRole(name)));
    return late.map(({ name }) => `pods of ${name} go on with old data of a Secret`);
  }

  #floor(): readonly string[] {
    const { endpoints, scale, suspended, settings, stable } = this.#cluster;
    if (settings.empty || !stable) return [];
    if (suspended || stable.desired === 0) this.#lost = scale.min;
    else if (endpoints.length >= scale.min && stable.ready.length >= scale.min) this.#lost = 0;
    const least = scale.min - this.#lost;
    return endpoints.length >= least ? [] : [`${endpoints.length} ready pods in service, the floor is ${least}`];
  }

  #connections(): readonly string[] {
    const { webPods, terminatingWebPods, rollout, stable, candidate, persisted, scale } = this.#cluster;
    // What of a candidate cannot be cleared away was counted with its release.
    const isUnderWay = persisted.release?.candidate !== undefined || candidate !== undefined;
    // A Deployment needs some ticks to follow its replica count, so the scale is the largest of late.
    this.#scales = [...(isUnderWay ? this.#scales : this.#scales.slice(-5)), stable?.desired ?? 0];
    // So does a candidate whose steps were edited.
    const strategies = [rollout.strategy, persisted.release?.strategy ?? rollout.strategy];
    const weights = strategies.map((strategy) => largestWeight({ ...rollout, strategy }));
    this.#weights = [...(isUnderWay ? this.#weights : this.#weights.slice(-5)), ...weights];
    const stablePods = Math.max(scale.min, ...this.#scales);
    const mostOf = (pods: number) =>
      Math.max(...this.#weights.map((weight) => mostPods(pods, weight, podsOf(rollout.rolling.batch, pods))));
    const most = mostOf(stablePods);
    // A Deployment does not wait for old pods to end, so at the largest scale they still hold their connections: one set that is replaced
    // now, and one of a release that was given up within a drain before.
    const all = webPods.length + terminatingWebPods.length;
    const ceiling = Math.max(scale.max, ...this.#scales);
    const mostEnding = mostOf(ceiling) + 2 * ceiling;
    return [
      ...(webPods.length <= most ? [] : [`${webPods.length} web pods, the budget counts ${most}`]),
      ...(all <= mostEnding ? [] : [`${all} web pods with those on their way out, more than ${mostEnding}`]),
    ];
  }

  #serving(): readonly string[] {
    const { endpoints, webPods, persisted, entrance } = this.#cluster;
    const { serviceRelease } = entrance;
    const unready = endpoints.filter((pod) => !pod.ready || !webPods.includes(pod));
    const { phase, candidate } = persisted.release ?? {};
    const isEarly = phase === "Preview" && serviceRelease !== undefined && serviceRelease === candidate;
    return [
      ...unready.map(({ name }) => `pod ${name} gets requests and is not ready`),
      ...(isEarly ? [`the Service selects ${candidate} before it is proven`] : []),
    ];
  }

  /**
   * No weight stays on a canary without ready pods. Pods that die are noticed late by an operator that is away, dies or
   * lags; what the operator itself writes is never wrong, however briefly.
   */
  #routed(): readonly string[] {
    const { entrance, candidate, mistakes, awayUntil, seconds } = this.#cluster;
    const isLost = entrance.leadsToCanary && (candidate?.ready.length ?? 0) === 0;
    if (!isLost) this.#lostTicks = 0;
    else if (seconds >= awayUntil) this.#lostTicks += 1;
    const found = mistakes.splice(0);
    return this.#lostTicks > mostLostTicks ? [...found, "the route leads to a canary without ready pods for long"] : found;
  }

  /** In canary and blue/green the stable pods are not touched before pods of the candidate have proven that they can serve. */
  #stableKept(): readonly string[] {
    const { stable, persisted, settings } = this.#cluster;
    const { strategy, skipSteps } = persisted.release ?? {};
    if (!stable && !settings.empty) return ["the stable Deployment is gone"];
    const template = stable?.release;
    if (template === this.#before.stableTemplate || (strategy !== "canary" && strategy !== "blueGreen") || skipSteps) return [];
    if (template === persisted.release?.stable) return [];
    return this.#serves(template) ? [] : [`stable was rendered as ${template} before any pod of it was ready`];
  }

  /** Whether pods of a release serve; those that were lost a moment ago may not be known to be lost yet. */
  #serves(release: string | undefined): boolean {
    const { endpoints, candidate } = this.#cluster;
    if (endpoints.some((pod) => pod.release === release) || (candidate?.ready.length ?? 0) > 0) return true;
    return release === this.#ready.release && this.#cluster.seconds - this.#ready.at <= mostLostTicks * tickSeconds;
  }

  #promotion(): readonly string[] {
    const { seenVerdict: verdict, metricsAreDead, taken, rollout, now } = this.#cluster;
    const isOnward = taken.some(
      ({ state, reason }) => state === "Canary" && (reason === "CanaryWeightChanged" || reason === "ReleasePromoting"),
    );
    if (!isOnward || !rollout.canary.analysis.enabled || this.#isTooQuiet()) return [];
    const since = this.#before.stepStartedAt;
    if (verdict?.result !== "pass") return [`went on while the analysis says ${verdict?.result ?? "nothing"}`];
    if (metricsAreDead && Date.parse(now) - Date.parse(verdict.at) > 40_000) return ["went on with a dead source of metrics"];
    return since !== undefined && Date.parse(verdict.at) <= Date.parse(since) ? ["went on with a verdict on an earlier step"] : [];
  }

  /** The candidate has had too few requests for so long that it may go on without more. */
  #isTooQuiet(): boolean {
    const { seenVerdict: verdict, rollout, now } = this.#cluster;
    const { inconclusiveSeconds, onTooFewRequests } = rollout.canary.analysis;
    const waited = (Date.parse(now) - Date.parse(this.#before.stepStartedAt ?? now)) / 1000;
    return verdict?.cause === "tooFewRequests" && onTooFewRequests === "promote" && waited >= inconclusiveSeconds;
  }

  /** A release becomes the one to return to only when it has baked; or because a user said so, or returned to it. */
  #proven(): readonly string[] {
    const { persisted, rollout, taken, now } = this.#cluster;
    const { stableRelease, phase, phaseStartedAt = now } = this.#before;
    const { stable } = persisted.release ?? {};
    if (stableRelease === undefined || stable === stableRelease) return [];
    const hasBaked = phase === "Baking" && Date.parse(now) - Date.parse(phaseStartedAt) >= rollout.bakeSeconds * 1000;
    const isAsked = taken.some(({ reason }) => reason === "PromotionRequested" || reason === "ReleaseRolledBack");
    return hasBaked || isAsked ? [] : [`${stable} became stable before it was proven, from phase ${phase}`];
  }

  /** A release within every limit is never rolled back for its figures: a chance of one in a hundred per release, which fixed seeds do not hit. */
  #blame(): readonly string[] {
    const { taken, settings, rollout, persisted } = this.#cluster;
    if (!taken.some(({ reason }) => reason === "AnalysisFailed")) return [];
    const blamed = persisted.quarantined.at(-1)?.release ?? "";
    const { errorPercent = 0, latency = 0 } = settings.releases[blamed] ?? {};
    const { errorRatePercent, latencyP99Milliseconds } = rollout.canary.analysis;
    if (errorPercent > errorRatePercent || latency > latencyP99Milliseconds) return [];
    return [`${blamed} was blamed for figures within its limits: ${persisted.quarantined.at(-1)?.reason}`];
  }

  #weight(): readonly string[] {
    const { persisted, rollout, candidate } = this.#cluster;
    const { phase, step = 0, weight = 0 } = persisted.release ?? { phase: "Pending" };
    // Steps that are edited while no operator runs are followed by the next one.
    if (phase !== "Canary" || this.#cluster.seconds < this.#cluster.awayUntil) return [];
    const allowed = rollout.canary.steps[Math.min(step, rollout.canary.steps.length - 1)]?.weight ?? 0;
    if (weight > allowed) return [`weight ${weight} at a step of ${allowed}`];
    return candidate &&
      candidate.release !== persisted.release?.candidate &&
      this.#cluster.endpoints.some(({ release }) => release === candidate.release)
      ? [`pods of ${candidate.release} serve as the candidate ${persisted.release?.candidate}`]
      : [];
  }

  /**
   * Nothing is rendered as a release that was quarantined before, and once all is back no pod of it is created any more. Not held
   * against the operator: what a Deployment still creates while the operator is dead, and a stable release that a rollback left behind.
   */
  #quarantine(): readonly string[] {
    const { webPods, persisted, stable, candidate, settings } = this.#cluster;
    const isBanned = (release: string | undefined) =>
      release !== undefined &&
      release !== persisted.release?.stable &&
      this.#banned.has(release) &&
      persisted.quarantined.some((entry) => entry.release === release);
    const rendered = [
      ...(stable?.release === this.#before.stableTemplate ? [] : [stable?.release]),
      ...(candidate?.release === this.#before.candidateTemplate ? [] : [candidate?.release]),
    ].filter(isBanned);
    const isOver = persisted.release?.candidate === undefined && (settings.writesPerLife ?? Infinity) === Infinity;
    const born = webPods.filter(({ name, release }) => isOver && !this.#knownPods.has(name) && isBanned(release));
    return [
      ...rendered.map((release) => `a Deployment was rendered as ${release} though it is quarantined`),
      ...born.map(({ name, release }) => `pod ${name} was created though ${release} is quarantined`),
    ];
  }

  /** Two migrations never run at once; where they ask for quiet, no worker runs beside one. */
  #migrations(): readonly string[] {
    const { jobs, contracts, workers, settings } = this.#cluster;
    const [first, second] = [...jobs.running, ...contracts.running];
    const busy =
      settings.quiesce && jobs.running.length > 0 && first !== undefined
        ? workers.filter(({ pods, terminating }) => pods.length + terminating.length > 0)
        : [];
    return [
      ...(second === undefined ? [] : [`the migrations of ${first} and ${second} run at once`]),
      ...busy.map(({ name }) => `${name} works while the migration of ${first} runs`),
    ];
  }

  /** Nothing returns to a release before one whose contract migration has begun, unless a user asked for it. */
  #needingOldSchema(): readonly string[] {
    const { stable, candidate, needingOldSchema, persisted } = this.#cluster;
    if (persisted.requests.some(({ action }) => action === "override-contract")) return [];
    const rendered = [
      ...(stable?.release === this.#before.stableTemplate ? [] : [stable?.release]),
      ...(candidate?.release === this.#before.candidateTemplate ? [] : [candidate?.release]),
    ];
    return rendered
      .filter((release) => release !== undefined && needingOldSchema.has(release))
      .map((release) => `a Deployment was rendered as ${release} though a contract migration left it behind`);
  }

  #remember(): void {
    const { webPods, persisted, stable, candidate, seconds } = this.#cluster;
    if (candidate && candidate.ready.length > 0) this.#ready = { release: candidate.release, at: seconds };
    this.#knownPods = new Set(webPods.map(({ name }) => name));
    this.#banned = new Set(persisted.quarantined.map(({ release }) => release));
    const { phase, step, stepStartedAt, phaseStartedAt, stable: stableRelease } = persisted.release ?? {};
    const templates = { stableTemplate: stable?.release, candidateTemplate: candidate?.release };
    this.#before = { phase, step, stepStartedAt, phaseStartedAt, stableRelease, ...templates };
  }
}
