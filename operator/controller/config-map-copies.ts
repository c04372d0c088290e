import { isTree } from "../base/tree.ts";
import type { ScalableApp } from "../api/scalable-app.ts";
import type { KubeClient } from "../kube/client.ts";
import { KubeError } from "../kube/errors.ts";
import type { KubeObject } from "../base/object.ts";
import { configMaps } from "../kube/resources.ts";
import type { Plan } from "../plan/plan.ts";
import type { Child } from "../resources/children.ts";
import { buildConfigMapCopy, type ConfigMapContent } from "../resources/config-map-copies.ts";
import { digestConfigMap } from "./references.ts";

/** The role of a release's copy of a user's ConfigMap. */
export const configMapCopyRole = "config/copy";

/** One copy to make. */
interface CopyRequest {
  readonly plan: Plan;
  readonly copy: Plan["copies"][number];
  /** For whom. */
  readonly execution: { readonly app: ScalableApp; readonly namespace: string; readonly signal: AbortSignal };
}

/** Reads a user's ConfigMap and makes the copy of it; undefined where an old release's source is not what it was. */
export async function readConfigMapCopy(
  client: Pick<KubeClient, "get">,
  { plan, copy, execution }: CopyRequest,
): Promise<Child | undefined> {
  const content = await client.get(configMaps, execution.namespace, copy.source, { signal: execution.signal });
  if (!content || digestConfigMap(content) !== copy.digest) return outdated(plan, copy);
  const identity = { app: execution.app, context: { ...plan.context, revision: copy.release } };
  return { role: configMapCopyRole, wave: 0, podBearing: false, object: buildConfigMapCopy(identity, copy, contentOf(content)) };
}

function contentOf(object: KubeObject): ConfigMapContent {
  const { data, binaryData } = object;
  return { ...(isTree(data) && { data }), ...(isTree(binaryData) && { binaryData }) };
}

/** The source has changed meanwhile: a new release looks again; of an old one, pods that run have read it already. */
function outdated(plan: Plan, { source, release }: CopyRequest["copy"]): undefined {
  if (release !== plan.desired) return undefined;
  const message = `it was changed while release ${release} was being prepared`;
  throw new KubeError({ verb: "get", resource: "configmaps", name: source, status: 409, reason: "Conflict", message });
}
