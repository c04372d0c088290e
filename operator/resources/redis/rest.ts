import { isTree } from "../../base/tree.ts";
import type { Child } from "../children.ts";

/** The managed Redis of an app of which no pod runs any more: at zero pods, with its volume. Other children stay as they are. */
export function restRedis(child: Child): Child {
  const { kind, spec } = child.object;
  if (!child.role.startsWith("redis-") || (kind !== "Deployment" && kind !== "StatefulSet")) return child;
  const object = kind === "StatefulSet" && isTree(spec) ? { ...child.object, spec: { ...spec, replicas: 0 } } : child.object;
  return { ...child, object, replicas: { fixed: 0 } };
}
