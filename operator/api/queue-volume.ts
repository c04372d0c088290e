import { DEFAULT_QUEUE_STORAGE } from "./redis.ts";
import { celList, celValue } from "./rule.ts";
import { STAGES } from "./scalable-app.ts";
import { STAGE_DEFAULTS } from "./stage.ts";

const stagesWithQueue = STAGES.filter((stage) => STAGE_DEFAULTS[stage].redis?.queue !== undefined);

/**
 * Rules for an update of an app: no volume shrinks or changes its class, so the API server refuses what could only fail later. They look at
 * the whole spec, because the stage may bring the queue, and a size that nobody named is the default. A size that the cluster has refused
 * can be taken back, for the status says what the volume really asks for.
 */
export const QUEUE_VOLUME_RULES = [
  {
    cel: bothManaged(
      `quantity(${storage("self.spec")}).compareTo(quantity(${storage("oldSelf.spec")})) >= 0 || ` +
        `(has(oldSelf.status) && has(oldSelf.status.queueStorage) && quantity(${storage("self.spec")}).compareTo(quantity(oldSelf.status.queueStorage)) >= 0)`,
    ),
    message: `cannot be smaller than the volume (status.queueStorage), for no volume shrinks: restore the old value (${DEFAULT_QUEUE_STORAGE} where none was given) or a larger one`,
    field: "spec.redis.queue.storage",
  },
  {
    cel: bothManaged(`${storageClass("self.spec")} == ${storageClass("oldSelf.spec")}`),
    message: "cannot change on a volume that exists: restore the old value, or remove it where none was given",
    field: "spec.redis.queue.storageClassName",
  },
];

function bothManaged(rule: string): string {
  return `!(${isManaged("self.spec")}) || !(${isManaged("oldSelf.spec")}) || ${rule}`;
}

function hasQueue(spec: string): string {
  return `has(${spec}.redis) && has(${spec}.redis.queue)`;
}

function isManaged(spec: string): string {
  const queue = `${spec}.redis.queue`;
  const byStage = `${celValue("stage", "mvp").replaceAll("self.", `${spec}.`)} in ${celList(stagesWithQueue)}`;
  return `${hasQueue(spec)} ? (!has(${queue}.urlFrom) && (!has(${queue}.enabled) || ${queue}.enabled)) : ${byStage}`;
}

function storage(spec: string): string {
  return `(${hasQueue(spec)} && has(${spec}.redis.queue.storage) ? string(${spec}.redis.queue.storage) : '${DEFAULT_QUEUE_STORAGE}')`;
}

function storageClass(spec: string): string {
  return `(${hasQueue(spec)} && has(${spec}.redis.queue.storageClassName) ? ${spec}.redis.queue.storageClassName : '')`;
}
