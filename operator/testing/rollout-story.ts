import { rolloutSchema, type Rollout } from "../api/rollout.ts";
import type { Tree } from "../base/tree.ts";
import { RolloutInvariants } from "./rollout-invariants.ts";
import type { SimulatedDeployment } from "./simulated-deployment.ts";
import { Simulator, tickSeconds, type SimulationSettings } from "./simulator.ts";

/** Something that happens from outside at a moment, or at the first moment that fits. */
export interface Happening {
  readonly at: number | ((cluster: Simulator) => boolean);
  readonly says: string;
  readonly does: (cluster: Simulator) => void;
  /** Pods that it takes away. */
  readonly costs?: number;
}

/** A rollout from its beginning to its rest. */
export interface Story {
  readonly lines: readonly string[];
  readonly broken: readonly string[];
  readonly cluster: Simulator;
}

/** The settings of a rollout, as a user would write them. */
export function rolloutOf(spec: Tree): Rollout {
  return rolloutSchema.parse(spec);
}

/** Plays a rollout until nothing has moved for two minutes, at most for `mostSeconds`. */
export function play(settings: SimulationSettings, happenings: readonly Happening[], mostSeconds = 6000): Story {
  const cluster = new Simulator(settings);
  const invariants = new RolloutInvariants(cluster);
  const lines: string[] = [];
  const broken: string[] = [];
  const open = [...happenings];
  let said = describe(cluster);
  let quietSince = 0;
  lines.push(`t=0s ${said}`);
  while (cluster.seconds < mostSeconds && (open.length > 0 || cluster.seconds - quietSince < 120 || isWaiting(cluster))) {
    const happens = open.findIndex(({ at }) => (typeof at === "number" ? at <= cluster.seconds : at(cluster)));
    const [happening] = happens < 0 ? [] : open.splice(happens, 1);
    if (happening) {
      invariants.forgive(happening.costs ?? 0);
      happening.does(cluster);
      lines.push(`t=${cluster.seconds}s -- ${happening.says}`);
      quietSince = cluster.seconds;
    }
    cluster.tick();
    quietSince = lastMove(cluster, quietSince);
    broken.push(...invariants.check());
    const says = describe(cluster);
    if (cluster.taken.length === 0 && says === said) continue;
    const reasons = cluster.taken.map(
      ({ reason, handled }) => handled.map(({ action, outcome }) => `${action} ${outcome}`).join() || reason,
    );
    lines.push(`t=${cluster.seconds}s ${says}${reasons.length > 0 ? `  [${reasons.join(", ")}]` : ""}`);
    said = says;
    quietSince = cluster.seconds;
  }
  broken.push(...invariants.checkRest());
  lines.push(`t=${cluster.seconds}s at rest: ${cluster.persisted.release?.message ?? "nothing is known"}`);
  return { lines, broken, cluster };
}

/** Nothing is at rest while a migration is under way. */
function lastMove({ jobs, contracts, seconds }: Simulator, known: number): number {
  return jobs.areUnderWay || contracts.areUnderWay ? seconds : known;
}

/** Time alone will move it on. */
function isWaiting(cluster: Simulator): boolean {
  return (cluster.last?.requeueAfterMs ?? 0) > 0 || cluster.last?.changed === true;
}

function describe(cluster: Simulator): string {
  const { release } = cluster.persisted;
  if (!release) return "nothing";
  const { phase, weight, step, pause, strategy } = release;
  const isCanary = phase === "Canary";
  const share = isCanary || (strategy === "blueGreen" && weight !== undefined) ? ` ${weight}%` : "";
  const of = isCanary ? ` (step ${(step ?? 0) + 1}/${cluster.rollout.canary.steps.length})` : "";
  const held = pause ? ` paused ${pause.reason}` : "";
  const tracks = [track("stable", cluster.stable), track("candidate", cluster.candidate)].filter((text) => text !== "");
  const jobs = cluster.jobs.running.map((job) => `; migration of ${job} runs`);
  const contracts = cluster.contracts.running.map((job) => `; contract migration of ${job} runs`);
  const idle = cluster.workers.length > 0 && cluster.workers.every(({ desired }) => desired === 0) ? "; workers rest" : "";
  const migrations = `${[...jobs, ...contracts].join("")}${idle}`;
  return `${phase}${share}${of}${held}: ${tracks.join(", ")}${cluster.entrance.describe()}${migrations}${figures(cluster)}`;
}

function track(name: string, deployment: SimulatedDeployment | undefined): string {
  if (!deployment) return "";
  const ready = new Map<string, number>();
  for (const { release } of deployment.ready) ready.set(release, (ready.get(release) ?? 0) + 1);
  const others = [...ready].filter(([release]) => release !== deployment.release).map(([release, count]) => ` + ${count} ${release}`);
  return `${name} ${deployment.release} ${ready.get(deployment.release) ?? 0}/${deployment.desired} ready${others.join("")}`;
}

function figures({ verdict, persisted: { release } }: Simulator): string {
  if (verdict === undefined || release?.phase === "RollingBack") return "";
  return `; analysis ${verdict.result}${verdict.cause === undefined ? "" : ` (${verdict.cause})`}`;
}

/** The next moment at which the release is in a phase (and at a step, from 0). */
export function when(phase: string, step?: number): Happening["at"] {
  return ({ persisted: { release } }) => release?.phase === phase && (step === undefined || release.step === step);
}

/** The user writes another spec. */
export function apply(release: string, at: Happening["at"] = tickSeconds): Happening {
  return { at, says: `the spec asks for ${release}`, does: (cluster) => (cluster.desired = release) };
}

/** The user writes a request. */
export function ask(action: Parameters<Simulator["ask"]>[0], at: Happening["at"], release?: string): Happening {
  const says = `request ${action}${release === undefined ? "" : ` to ${release}`}`;
  return { at, says, does: (cluster) => cluster.ask(action, `${action}-${cluster.seconds}`, release) };
}

/** The user changes `spec.rollout`. */
export function edit(at: Happening["at"], says: string, change: Parameters<typeof rolloutOf>[0]): Happening {
  return { at, says, does: (cluster) => (cluster.rollout = rolloutOf({ ...cluster.rollout, ...change })) };
}
