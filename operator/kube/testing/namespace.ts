import type { KubeClient } from "../client.ts";
import { namespaces } from "../resources.ts";

/** Makes a namespace with a name of its own, and answers the name. */
export async function createNamespace(client: KubeClient, purpose: string): Promise<string> {
  const name = `kube-${purpose}-${Math.random().toString(36).slice(2, 8)}`;
  await client.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  return name;
}
