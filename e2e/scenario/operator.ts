import { join } from "node:path";
import { execa } from "execa";
import { eventually, must, type Kubectl } from "./kubectl.ts";

/** Where and with what the operator is installed. */
export interface Installation {
  readonly helm: string;
  readonly kubeconfig: string;
  readonly values?: readonly string[];
  /** Images that were loaded just now: a tag that did not change restarts nothing by itself. */
  readonly loaded?: readonly string[];
}

/** The namespace of the operator in scenarios. */
export const operatorNamespace = "scalable-app-system";

/** Installs or upgrades the operator from its chart, and waits until both replicas are ready. */
export async function installOperator({ helm, kubeconfig, values = [], loaded = [] }: Installation): Promise<void> {
  const chart = join(import.meta.dirname, "../../charts/scalable-app");
  const restart = loaded.some((image) => image.includes("/operator:")) ? [`podAnnotations.loadedAt=t${Date.now()}`] : [];
  const set = [...values, ...restart].flatMap((value) => ["--set", value]);
  const release = ["upgrade", "--install", "scalable-app", chart, "--kubeconfig", kubeconfig];
  // Without values of its own an upgrade would keep those of the last one.
  const placement = ["--namespace", operatorNamespace, "--create-namespace", "--reset-values", "--wait", "--timeout", "180s"];
  await execa(helm, [...release, ...placement, ...set]);
}

/** Replaces the operator's pods, and waits until the new ones are ready. */
export async function restartOperator(kubectl: Kubectl): Promise<void> {
  await kubectl.run("-n", operatorNamespace, "rollout", "restart", "deployment/scalable-app");
  await kubectl.run("-n", operatorNamespace, "rollout", "status", "deployment/scalable-app", "--timeout=180s");
}

/** Ends every process of the operator with SIGKILL, as often as it is asked; new pods take over. */
export type Killer = () => Promise<void>;

/** Prepares a pod on each worker node that may kill what runs there. */
export async function givenKiller(kubectl: Kubectl, namespace: string): Promise<Killer> {
  const nodes = await kubectl.list("default", "nodes", "!node-role.kubernetes.io/control-plane");
  const labels = { "scalableapp.dev/scenario": "killer" };
  for (const [index, node] of nodes.entries()) {
    const container = {
      name: "killer",
      image: "localhost/scalable-app/storefront:dev",
      command: ["sleep", "infinity"],
      securityContext: { privileged: true, runAsUser: 0 },
    };
    const spec = { nodeName: node.metadata.name, hostPID: true, terminationGracePeriodSeconds: 0, containers: [container] };
    const metadata = { name: `killer-${index}`, namespace, labels };
    await kubectl.apply(JSON.stringify({ apiVersion: "v1", kind: "Pod", metadata, spec }));
  }
  await kubectl.run("-n", namespace, "wait", "pod", "-l", "scalableapp.dev/scenario=killer", "--for=condition=Ready", "--timeout=60s");
  // The brackets keep the pattern from finding the shell that looks for it.
  const kill = "for p in /proc/[0-9]*; do grep -qs 'operator/main[.]ts' $p/cmdline && kill -9 ${p#/proc/} && echo killed; done; true";
  const killOn = async (index: number) => kubectl.run("-n", namespace, "exec", `killer-${index}`, "--", "sh", "-c", kill);
  return async () => {
    await eventually("a process of the operator is killed", async () => {
      const reported = await Promise.all(nodes.map(async (_, index) => killOn(index)));
      must(reported.join("").includes("killed"), "none runs");
    });
    // What is proven is what the next operator finds. That it waits for the dead one's Lease is proven elsewhere; that kubelets start
    // crashing containers ever later is theirs.
    const gone = ["--all", "--force", "--grace-period=0", "--wait=false"];
    await kubectl.run("-n", operatorNamespace, "delete", "pods,leases", ...gone);
  };
}
