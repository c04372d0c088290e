import { COMPONENT_LABEL } from "../../api/labels.ts";
import { read, readCount, readList, readString } from "../../base/read.ts";
import type { LiveObject, Snapshot } from "./snapshot.ts";
import { unreadyPods } from "./unready-pods.ts";

/** A pod that is not ready beside a pooler that runs, whose log may say why. */
export interface PoolerSampling {
  readonly namespace: string;
  readonly pod: string;
  /** Which life of the pod it is: changes with each restart of a container. */
  readonly life: string;
  /** When the pooler started, ISO 8601. */
  readonly since: string;
}

/** Pods whose logs are worth a read: the first of each component that is not ready. Undefined where there is none. */
export function decidePoolerSampling({ app, pods }: Snapshot): readonly PoolerSampling[] | undefined {
  if (app.spec.postgres === undefined || app.spec.postgres.pooler.mode === "none") return undefined;
  const byComponent = new Map<string, PoolerSampling>();
  for (const pod of unreadyPods(pods)) {
    const component = pod.metadata.labels?.[COMPONENT_LABEL];
    const job = jobFor(pod, app.metadata.namespace);
    if (component !== undefined && job !== undefined && !byComponent.has(component)) byComponent.set(component, job);
  }
  return byComponent.size === 0 ? undefined : [...byComponent.values()];
}

function jobFor(pod: LiveObject, namespace: string): PoolerSampling | undefined {
  const statuses = [...readList(read(pod, "status", "initContainerStatuses")), ...readList(read(pod, "status", "containerStatuses"))];
  const pooler = statuses.find((status) => read(status, "name") === "pgbouncer");
  const since = readString(read(pooler, "state", "running", "startedAt"));
  if (since === undefined) return undefined;
  const restarts = statuses.map((status) => readCount(read(status, "restartCount"))).reduce((sum, count) => sum + count, 0);
  const { name, uid = name } = pod.metadata;
  return { namespace, pod: name, life: `${uid}/${restarts}`, since };
}
