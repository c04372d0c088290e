import { run, succeeds } from "./command.ts";
import { addressPlan, isWithin } from "./address-plan.ts";
import { note } from "./progress.ts";

/** A node as the pod network sees it. */
export type NodeAddress = {
  readonly name: string;
  /** The node's own address. */
  readonly address: string;
  /** The addresses of its pods. */
  readonly podCidr: string;
};

/** Runs a command on a node. */
export type OnNode = (node: string, command: readonly string[], input?: string) => Promise<string>;

/** The CNI configuration of one node: a point-to-point link per pod, and host ports. */
export function conflist(podCidr: string): string {
  const ipam = {
    type: "host-local",
    // forgotten with the node's /run, as the pods are
    dataDir: "/run/cni-ipam",
    ranges: [[{ subnet: podCidr }]],
    routes: [{ dst: "0.0.0.0/0" }],
  };
  const plugins = [
    { type: "ptp", ipMasq: false, ipam },
    { type: "portmap", capabilities: { portMappings: true } },
  ];
  return `${JSON.stringify({ cniVersion: "1.0.0", name: "pods", plugins }, undefined, 2)}\n`;
}

/** The routes that a node (or, without `self`, the host) needs to reach the pods of the others. */
export function podRoutes(nodes: readonly NodeAddress[], self?: string): string[][] {
  return nodes.filter((node) => node.name !== self).map((node) => ["route", "replace", node.podCidr, "via", node.address]);
}

/** The pod routes among the host's routes, as `ip -json route` prints them: what `deletePodRoutes` removes. */
export function ownRoutes(printed: string): string[] {
  const routes = JSON.parse(printed || "[]") as { dst: string; gateway?: string }[];
  return routes
    .filter(
      ({ dst, gateway }) =>
        /^[\d.]+\/\d+$/.test(dst) && isWithin(dst, addressPlan.pods) && gateway !== undefined && isWithin(gateway, addressPlan.nodes),
    )
    .map(({ dst }) => dst);
}

/** Lays the pod network: a CNI configuration per node, and routes between the nodes. */
export async function layPodNetwork(nodes: readonly NodeAddress[], onNode: OnNode): Promise<void> {
  for (const node of nodes) {
    const routes = podRoutes(nodes, node.name).map((route) => `ip ${route.join(" ")}`);
    const write = "cat > /etc/cni/net.d/.pods && mv /etc/cni/net.d/.pods /etc/cni/net.d/10-pods.conflist";
    await onNode(node.name, ["sh", "-c", ["mkdir -p /etc/cni/net.d", ...routes, write].join(" && ")], conflist(node.podCidr));
  }
}

/** Adds routes to pods on this host, so that tests reach pods directly; reports it where that takes rights this user lacks. */
export async function routeHostToPods(nodes: readonly NodeAddress[]): Promise<boolean> {
  for (const route of podRoutes(nodes)) {
    const done = (await succeeds("ip", route)) || (await succeeds("sudo", ["-n", "ip", ...route]));
    if (!done) {
      note("host: no rights to add routes, so pods are reached through Services and node ports only");
      return false;
    }
  }
  note(`host: added ${nodes.length} routes to the pods, ${nodes.map((node) => node.podCidr).join(", ")}`);
  return true;
}

/** Removes this project's pod routes from the host; returns what was removed. */
export async function deletePodRoutes(): Promise<string[]> {
  const routes = ownRoutes(await run("ip", ["-json", "-4", "route"]).catch(() => "[]"));
  for (const destination of routes) {
    if (!(await succeeds("ip", ["route", "del", destination]))) await succeeds("sudo", ["-n", "ip", "route", "del", destination]);
  }
  return routes;
}
