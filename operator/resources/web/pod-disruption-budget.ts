import type { Manifest } from "../manifest.ts";
import type { Identity } from "../metadata.ts";
import { webName } from "../names.ts";
import { buildDisruptionBudget } from "../scaling/pod-disruption-budget.ts";
import { webComponent } from "./deployment.ts";

/** The disruption budget of the web pods; undefined where a single replica may run. */
export function buildWebDisruptionBudget(identity: Identity): Manifest | undefined {
  const { app } = identity;
  return buildDisruptionBudget(identity, { name: webName(app.metadata.name), component: webComponent }, app.spec.web);
}
