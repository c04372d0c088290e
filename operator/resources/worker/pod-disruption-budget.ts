import type { Worker } from "../../api/worker.ts";
import type { Manifest } from "../manifest.ts";
import type { Identity } from "../metadata.ts";
import { workerName } from "../names.ts";
import { buildDisruptionBudget } from "../scaling/pod-disruption-budget.ts";
import { workerComponent } from "./deployment.ts";

/** The disruption budget of one worker; undefined where a single replica may run. */
export function buildWorkerDisruptionBudget(identity: Identity, worker: Worker): Manifest | undefined {
  const name = workerName(identity.app.metadata.name, worker.name);
  return buildDisruptionBudget(identity, { name, component: workerComponent(worker) }, worker);
}
