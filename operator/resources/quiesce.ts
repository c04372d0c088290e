import { isTree } from "../base/tree.ts";
import type { Child } from "./children.ts";

/** Whether a child stands still while a migration runs that asks for it: workers and schedules do. */
export function standsStill(role: string): boolean {
  return /^(?:worker-.*\/deployment|schedule-.*\/cron-job)$/u.test(role);
}

/** The child while a migration runs that asks workers and schedules to stand still. */
export function quiesce(child: Child): Child {
  if (!standsStill(child.role) || !isTree(child.object["spec"])) return child;
  if (child.object.kind === "Deployment") return { ...child, replicas: { fixed: 0, idle: true } };
  return { ...child, object: { ...child.object, spec: { ...child.object["spec"], suspend: true } } };
}
