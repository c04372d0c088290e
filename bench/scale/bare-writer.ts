import type { KubeClient } from "../../operator/kube/client.ts";
import { namespaces, pods } from "../../operator/kube/resources.ts";
import { applyAll, childrenOf, createNamespace } from "./apps.ts";

/** How fast children are written where nobody has to think. */
export interface BareWriter {
  readonly childrenPerSecond: number;
}

const namespace = "bare";

/** Applies the children of so many apps with our client, 32 at once, then deletes them; this is the limit of the control plane. */
export async function measureBareWriter(client: KubeClient, apps: number): Promise<BareWriter> {
  await createNamespace(client, namespace);
  const children = Array.from({ length: apps }, (_, index) => childrenOf(`app-${index}`, namespace)).flat();
  const milliseconds = await applyAll(client, children);
  const uid = (await client.get(namespaces, undefined, namespace))?.metadata.uid ?? "";
  await client.delete(namespaces, undefined, namespace, { uid });
  const isGone = async () =>
    (await client.get(namespaces, undefined, namespace)) === undefined && (await client.list(pods, { limit: 1 })).items.length === 0;
  while (!(await isGone())) await new Promise((resolve) => setTimeout(resolve, 1000));
  return { childrenPerSecond: (children.length * 1000) / milliseconds };
}
