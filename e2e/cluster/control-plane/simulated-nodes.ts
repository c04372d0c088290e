import { readFile, writeFile } from "node:fs/promises";
import { addressPlan } from "../address-plan.ts";
import { run } from "../command.ts";
import { ensureTools, kwokStageFiles } from "../toolchain/toolchain.ts";

const zones = 3;

/** The program and arguments of kwok, which plays every node of the control plane and the pods on it. */
export async function prepareKwok(
  folder: string,
  kubeconfig: string,
  furtherStages: readonly string[],
): Promise<{ program: string; arguments: string[] }> {
  const { kwok } = await ensureTools(["kwok"]);
  const stages = await Promise.all([...(await kwokStageFiles()), ...furtherStages].map((file) => readFile(file, "utf8")));
  const config = `${folder}/kwok.yaml`;
  await writeFile(config, stages.join("\n---\n"));
  return {
    program: kwok,
    arguments: [
      `--kubeconfig=${kubeconfig}`,
      `--config=${config}`,
      "--manage-all-nodes=true",
      "--node-lease-duration-seconds=40",
      `--cidr=${addressPlan.pods}`,
    ],
  };
}

/** Creates `count` nodes for kwok to play, spread over three zones, and waits until they are Ready. */
export async function createSimulatedNodes(kubectl: string, kubeconfig: string, count: number): Promise<void> {
  const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: renderSimulatedNodes(count) });
  await run(kubectl, ["--kubeconfig", kubeconfig, "apply", "--server-side", "-f", "-"], { input });
  await run(kubectl, ["--kubeconfig", kubeconfig, "wait", "node", "--all", "--for=condition=Ready", "--timeout=60s"]);
}

/** Nodes as a cloud would label them: a host name each, and zones in turn. */
export function renderSimulatedNodes(count: number): object[] {
  return Array.from({ length: count }, (_, index) => {
    const name = `simulated-${index + 1}`;
    return {
      apiVersion: "v1",
      kind: "Node",
      metadata: {
        name,
        labels: {
          "kubernetes.io/hostname": name,
          "kubernetes.io/os": "linux",
          "kubernetes.io/arch": "amd64",
          "topology.kubernetes.io/region": "simulated",
          "topology.kubernetes.io/zone": `zone-${(index % zones) + 1}`,
        },
      },
    };
  });
}
