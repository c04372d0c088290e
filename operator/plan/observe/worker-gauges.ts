import { COMPONENT_LABEL } from "../../api/labels.ts";
import type { ReleaseStatus } from "../../api/status.ts";
import { workerComponent } from "../../resources/worker/deployment.ts";
import { read, readString } from "../../base/read.ts";
import type { LiveObject, Snapshot } from "./snapshot.ts";
import { workerPodsToEnd } from "./worker-queues.ts";

/** The gauge of one worker, and the pods to ask for it. */
export interface WorkerGauge {
  readonly metric: string;
  readonly port: number;
  readonly path: string;
  readonly pods: readonly { readonly pod: string; readonly address: string }[];
}

/** Which pods to ask how many jobs they work on, by the component label of the worker. */
export type GaugeSampling = Readonly<Record<string, WorkerGauge>>;

/** The gauges to ask for; undefined while no pod that has one is about to end. */
export function decideGaugeSampling(snapshot: Snapshot, release: ReleaseStatus): GaugeSampling | undefined {
  const ending = workerPodsToEnd(snapshot, release);
  const asked = snapshot.app.spec.workers.flatMap((worker): (readonly [string, WorkerGauge])[] => {
    const component = workerComponent(worker);
    const { busy } = worker;
    if (busy === undefined) return [];
    const pods = ending.filter(({ metadata }) => metadata.labels?.[COMPONENT_LABEL] === component).flatMap(target);
    return pods.length === 0 ? [] : [[component, { ...busy, pods }]];
  });
  return asked.length === 0 ? undefined : Object.fromEntries(asked);
}

function target(pod: LiveObject): WorkerGauge["pods"] {
  const address = readString(read(pod, "status", "podIP"));
  return address === undefined ? [] : [{ pod: pod.metadata.name, address }];
}
