import type { Manifest } from "../manifest.ts";
import type { Identity } from "../metadata.ts";
import { webName } from "../names.ts";
import { buildAutoscaler } from "../scaling/horizontal-pod-autoscaler.ts";
import { webComponent } from "./deployment.ts";

/** The autoscaler of the web Deployment; undefined where the number of replicas is fixed. */
export function buildWebAutoscaler(identity: Identity): Manifest | undefined {
  const { app } = identity;
  return buildAutoscaler(identity, { name: webName(app.metadata.name), component: webComponent }, app.spec.web);
}
