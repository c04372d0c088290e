import type { Kubectl } from "./addons.ts";
import type { NodeAddress } from "./pod-network.ts";

type NodeObject = {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: { readonly podCIDR?: string };
  readonly status: {
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
};

/** A node of the cluster that runs pods; simulated nodes are never among them. */
export type ClusterNode = NodeAddress & { readonly ready: boolean };

/** Reads the nodes out of what `kubectl get nodes -o json` printed. */
export function readNodes(printed: string): ClusterNode[] {
  const { items } = JSON.parse(printed) as { items: readonly NodeObject[] };
  return items
    .filter(({ metadata }) => metadata.labels?.["type"] !== "kwok")
    .map(({ metadata, spec, status }) => ({
      name: metadata.name,
      address: status.addresses?.find(({ type }) => type === "InternalIP")?.address ?? "",
      podCidr: spec.podCIDR ?? "",
      ready: status.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") ?? false,
    }));
}

/** The nodes of the cluster that run pods. */
export async function listNodes(kubectl: Kubectl): Promise<ClusterNode[]> {
  return readNodes(await kubectl(["get", "nodes", "-o", "json", "--request-timeout=5s"]));
}
