import { COMPONENT_LABEL } from "../../api/labels.ts";
import { JOB_LABEL } from "./migration.ts";
import { conditionIsTrue } from "../../base/condition.ts";
import { read, readCount, readList, readString } from "../../base/read.ts";
import type { LiveObject, Snapshot } from "./snapshot.ts";

/** A migration whose Job has not ended, or whose pods have not. */
export interface UnfinishedMigration {
  readonly job: string;
  /** Its command may have run, so that it must not be cut short. */
  readonly begun: boolean;
  /** It is a contract migration, which runs beside the app. */
  readonly contract?: true;
}

const components: ReadonlySet<unknown> = new Set(["migration", "contract"]);

/** Finds a migration under way, other than that of the named Job. A Job that was deleted goes on as long as its pods do. */
export function findUnfinishedMigration(
  { owned, pods }: Pick<Snapshot, "owned" | "pods">,
  except: string,
): UnfinishedMigration | undefined {
  const own = pods.filter(isMigration);
  const jobs = owned.filter((object) => object.kind === "Job" && isMigration(object) && !isOver(object));
  const names = [...jobs.map(({ metadata }) => metadata.name), ...own.filter((pod) => !hasEnded(pod)).flatMap((pod) => jobOf(pod) ?? [])];
  const name = names.find((job) => job !== except);
  if (name === undefined) return undefined;
  const job = jobs.find(({ metadata }) => metadata.name === name);
  const retried = readCount(read(job, "status", "failed")) > 0;
  const isContract = [...jobs, ...own].some(
    (object) => (object.metadata.name === name || jobOf(object) === name) && componentOf(object) === "contract",
  );
  if (isContract) return { job: name, begun: true, contract: true };
  return { job: name, begun: job === undefined || retried || own.some((pod) => jobOf(pod) === name && hasBegun(pod)) };
}

/** Whether a pod has ended, well or badly. */
export function hasEnded(pod: LiveObject): boolean {
  const phase = readString(read(pod, "status", "phase"));
  return phase === "Succeeded" || phase === "Failed";
}

function isMigration(object: LiveObject): boolean {
  return components.has(componentOf(object));
}

function componentOf({ metadata }: LiveObject): string | undefined {
  return metadata.labels?.[COMPONENT_LABEL];
}

function isOver(job: LiveObject): boolean {
  return (conditionIsTrue(job, "Complete") ?? conditionIsTrue(job, "Failed")) !== undefined;
}

function jobOf({ metadata }: LiveObject): string | undefined {
  return metadata.labels?.[JOB_LABEL];
}

function hasBegun(pod: LiveObject): boolean {
  const phase = readString(read(pod, "status", "phase"));
  const states = readList(read(pod, "status", "containerStatuses")).map((status) => read(status, "state"));
  return (
    (phase !== undefined && phase !== "Pending") ||
    states.some((state) => (read(state, "running") ?? read(state, "terminated")) !== undefined)
  );
}
