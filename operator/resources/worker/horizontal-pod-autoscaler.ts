import type { Worker } from "../../api/worker.ts";
import type { Manifest } from "../manifest.ts";
import type { Identity } from "../metadata.ts";
import { workerName } from "../names.ts";
import { buildAutoscaler } from "../scaling/horizontal-pod-autoscaler.ts";
import { workerComponent } from "./deployment.ts";

/** The autoscaler of one worker, by CPU and with a floor of one; undefined where the number of replicas is fixed. */
export function buildWorkerAutoscaler(identity: Identity, worker: Worker): Manifest | undefined {
  const name = workerName(identity.app.metadata.name, worker.name);
  return buildAutoscaler(identity, { name, component: workerComponent(worker) }, worker);
}
