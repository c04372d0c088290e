import type { RolloutObservation, DeploymentHealth } from "../plan/rollout/observation.ts";
import type { RolloutDecision } from "../plan/rollout/next-step.ts";
import type { SimulatedDeployment } from "./simulated-deployment.ts";
import { contractUnderWay, jobName, migrationOf, otherMigrationOf, type SimulatedJobs } from "./simulated-jobs.ts";
import type { SimulatedWrite } from "./simulated-writes.ts";
import type { SimulationSettings, Simulator } from "./simulator.ts";

/** What the operator's caches show of migrations and of what rests for them. */
export interface MigrationView {
  readonly jobs: ReturnType<SimulatedJobs["states"]>;
  readonly contracts: ReturnType<SimulatedJobs["states"]>;
  /** Releases of all pods, also of those on their way out. */
  readonly alive: ReadonlySet<string>;
  /** Workers that have pods, also such on their way out. */
  readonly working: readonly string[];
  readonly workers: readonly DeploymentHealth[];
}

/** Of which releases the migrations are asked for. */
export interface MigrationFacts {
  readonly settings: SimulationSettings;
  readonly migrating: string;
  readonly stable: string | undefined;
  /** Stored releases, oldest first. */
  readonly stored: readonly string[];
}

/** The part of an observation that speaks of migrations. */
export function observeMigrations(
  view: MigrationView,
  facts: MigrationFacts,
): Pick<RolloutObservation, "migration" | "otherMigration" | "contract" | "quiesce" | "notQuiesced"> {
  const { settings, migrating } = facts;
  const hasMigration = Object.values(settings.releases).some(({ migration }) => migration !== undefined);
  const { quiesce = false } = settings;
  const asked = view.workers.filter((worker) => worker.desired > 0 || worker.replicas > 0).map(({ name }) => name);
  const busy = [...new Set([...asked, ...view.working])];
  return {
    migration: migrationOf(migrating, hasMigration ? (view.jobs.get(migrating) ?? "pending") : "none"),
    otherMigration: otherMigrationOf(migrating, view.jobs) ?? contractUnderWay(view.contracts),
    contract: observeContract(view, facts),
    quiesce,
    notQuiesced: quiesce && busy.length > 0 ? busy.join(", ") : undefined,
  };
}

function observeContract(
  { contracts, alive }: MigrationView,
  { settings, stable, stored }: MigrationFacts,
): RolloutObservation["contract"] {
  if (stable === undefined || settings.releases[stable]?.contract === undefined) return undefined;
  return {
    afterSeconds: 30,
    job: migrationOf(stable, contracts.get(stable) ?? "pending", `shop-contract-${stable}`),
    othersRun: [...alive].some((release) => release !== stable),
    older: stored.slice(0, stored.indexOf(stable)),
  };
}

/** What the operator has to write so that the Jobs are as a decision wants them. */
export function migrationWrites(
  { placement: { migrate, contract }, discards }: Pick<RolloutDecision, "placement" | "discards">,
  { jobs, contracts, needingOldSchema, stored, seconds }: Pick<Simulator, "jobs" | "contracts" | "needingOldSchema" | "stored" | "seconds">,
): readonly SimulatedWrite[] {
  const superseded = [...jobs.states().keys()].find((release) => jobName(release) === discards.job);
  const gone = [superseded, discards.migration].filter((release): release is string => release !== undefined && jobs.has(release));
  const again = discards.contract !== undefined && contracts.has(discards.contract) ? [discards.contract] : [];
  const start = (release: string) => () => {
    contracts.start(release, seconds);
    for (const older of stored.slice(0, stored.indexOf(release))) needingOldSchema.add(older);
  };
  return [
    ...gone.map((release): SimulatedWrite => ({ key: `Job/${jobName(release)}`, runs: [() => jobs.remove(release)] })),
    ...again.map((release): SimulatedWrite => ({ key: `Job/shop-contract-${release}`, runs: [() => contracts.remove(release)] })),
    ...(migrate === undefined
      ? []
      : [
          {
            key: `Job/${jobName(migrate)}`,
            role: "migration/job",
            runs: jobs.has(migrate) ? [] : [() => jobs.start(migrate, seconds)],
          } as const,
        ]),
    ...(contract === undefined
      ? []
      : [
          {
            key: `Job/shop-contract-${contract}`,
            role: "migration/contract-job",
            runs: contracts.has(contract) ? [] : [start(contract)],
          } as const,
        ]),
  ];
}

/** Puts a worker to rest, or gives it back what it had; undefined where it is as it should be. */
export function restWrite(worker: SimulatedDeployment, idle: boolean, rested: Map<string, number>): (() => void) | undefined {
  if (idle === (worker.desired === 0)) return undefined;
  if (!idle) return () => worker.scale(rested.get(worker.name) ?? 1);
  return () => {
    rested.set(worker.name, worker.desired);
    worker.scale(0);
  };
}
