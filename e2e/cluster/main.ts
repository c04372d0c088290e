import { Command, InvalidArgumentError } from "commander";
import { kubectlFor } from "./addons.ts";
import { listNodes } from "./cluster-nodes.ts";
import { defaultClusterName, deleteCluster, ensureCluster, kubeconfigPath, readState } from "./cluster.ts";
import { ensureTools } from "./toolchain/toolchain.ts";

type UpOptions = { readonly name: string; readonly nodes: number; readonly kwok: number; readonly kubeconfig?: string };
type NameOptions = { readonly name: string };

function count(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("give a whole number");
  return Number(text);
}

async function up(options: UpOptions): Promise<void> {
  const cluster = await ensureCluster(options);
  console.log(`\nThe cluster runs: ${cluster.nodes.join(", ")} (${cluster.provider}).`);
  console.log(`  export KUBECONFIG=${cluster.kubeconfig}`);
  console.log(`  ${cluster.tools.kubectl} get nodes`);
}

async function down({ name }: NameOptions): Promise<void> {
  const removed = await deleteCluster(name);
  console.log(removed.length > 0 ? `removed:\n${removed.map((thing) => `  ${thing}`).join("\n")}` : "nothing was there to remove");
}

async function status({ name }: NameOptions): Promise<void> {
  const state = readState(name);
  if (state === undefined) {
    console.log(`the cluster ${name} does not run`);
    process.exitCode = 1;
    return;
  }
  const { kubectl } = await ensureTools(["kubectl"]);
  const nodes = await listNodes(kubectlFor(kubectl, kubeconfigPath(name)));
  for (const node of nodes) console.log(`${node.name}  ${node.ready ? "Ready" : "NOT READY"}  ${node.address}  pods ${node.podCidr}`);
  console.log(`provider ${state.provider}\nkubeconfig ${kubeconfigPath(name)}`);
}

const program = new Command("cluster").description("The test cluster: kind with docker or podman, or one that exists already.");
const nameOption = ["--name <name>", "name of the cluster", defaultClusterName] as const;
program
  .command("up")
  .description("start the cluster; returns at once where it runs and is healthy")
  .option(...nameOption)
  .option("--nodes <count>", "nodes in all, one of them the control plane (1 to 20)", count, 3)
  .option("--kwok <count>", "simulated nodes on top", count, 0)
  .option("--kubeconfig <file>", "use this cluster instead of starting one (also E2E_KUBECONFIG)")
  .action(up);
program
  .command("down")
  .description("delete the cluster and everything it changed on this machine")
  .option(...nameOption)
  .action(down);
program
  .command("status")
  .description("say whether the cluster runs")
  .option(...nameOption)
  .action(status);

await program.parseAsync().catch((error: unknown) => {
  console.error(
    error instanceof Error ? `error: ${error.message}${error.cause instanceof Error ? ` (${error.cause.message})` : ""}` : error,
  );
  process.exitCode = 1;
});
