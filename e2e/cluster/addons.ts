import { readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./command.ts";

/** Runs kubectl against the cluster. */
export type Kubectl = (args: readonly string[], input?: string) => Promise<string>;

/** kubectl bound to one kubeconfig. */
export function kubectlFor(program: string, kubeconfig: string): Kubectl {
  return (args, input) => run(program, ["--kubeconfig", kubeconfig, ...args], input === undefined ? {} : { input });
}

const folder = join(import.meta.dirname, "addons");

/** The label of simulated nodes. */
export const simulatedNodeLabel = "type=kwok";

/** A node that exists only in the API; a taint keeps away pods that do not ask for it. */
export function simulatedNode(index: number): object {
  const name = `kwok-${index}`;
  const capacity = { cpu: "32", memory: "256Gi", pods: "110" };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      annotations: { "kwok.x-k8s.io/node": "fake" },
      labels: {
        type: "kwok",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "topology.kubernetes.io/zone": `zone-${(index % 3) + 1}`,
      },
    },
    spec: { taints: [{ key: "kwok.x-k8s.io/node", value: "fake", effect: "NoSchedule" }] },
    status: { capacity, allocatable: capacity },
  };
}

/** Installs metrics-server; it serves some seconds later (see awaitAddons). */
export async function installMetricsServer(kubectl: Kubectl): Promise<void> {
  await kubectl(["apply", "--server-side", "--force-conflicts", "-f", join(folder, "metrics-server.yaml")]);
}

/** Waits until DNS, metrics and, where it was installed, the volume provisioner serve. */
export async function awaitAddons(kubectl: Kubectl, volumes: boolean): Promise<void> {
  await Promise.all([
    kubectl(["-n", "kube-system", "rollout", "status", "deployment/coredns", "--timeout=120s"]),
    kubectl(["-n", "kube-system", "rollout", "status", "deployment/metrics-server", "--timeout=120s"]),
    ...(volumes ? [kubectl(["-n", "local-path-storage", "rollout", "status", "deployment/local-path-provisioner", "--timeout=120s"])] : []),
  ]);
  await kubectl(["wait", "apiservice/v1beta1.metrics.k8s.io", "--for=condition=Available", "--timeout=60s"]);
}

/** Installs kwok and makes as many simulated nodes as asked for, then waits until they are Ready. */
export async function addSimulatedNodes(kubectl: Kubectl, count: number): Promise<void> {
  const data = { "stages.yaml": readFileSync(join(folder, "kwok-stages.yaml"), "utf8") };
  const stages = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "kwok-stages", namespace: "kube-system" }, data };
  await kubectl(["apply", "--server-side", "--force-conflicts", "-f", "-"], JSON.stringify(stages));
  await kubectl(["apply", "--server-side", "--force-conflicts", "-f", join(folder, "kwok.yaml")]);
  const items = Array.from({ length: count }, (_, index) => simulatedNode(index));
  await kubectl(["apply", "--server-side", "--force-conflicts", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  await kubectl(["-n", "kube-system", "rollout", "status", "deployment/kwok", "--timeout=120s"]);
  await kubectl(["wait", "node", "-l", simulatedNodeLabel, "--for=condition=Ready", "--timeout=120s"]);
}
