import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { awaitAddons, addSimulatedNodes, installMetricsServer, kubectlFor, simulatedNodeLabel } from "./addons.ts";
import type { Kubectl } from "./addons.ts";
import { addressPlan } from "./address-plan.ts";
import { listNodes } from "./cluster-nodes.ts";
import type { ClusterNode } from "./cluster-nodes.ts";
import { run, succeeds } from "./command.ts";
import { contentHash } from "./content-hash.ts";
import { dockerEngine, podmanEngine } from "./engine.ts";
import type { Engine } from "./engine.ts";
import { buildPackages, enginePackages, ensureModulesFolder, ensurePackages } from "./host.ts";
import { rememberHost } from "./host-state.ts";
import { kindConfig } from "./kind-config.ts";
import { kwokImage, loadProgramImage } from "./program-image.ts";
import { nodeToolNames } from "./node-components.ts";
import { ensureNodeImage } from "./node-image.ts";
import { clusterFolder, imageCache, imageLock } from "./paths.ts";
import { layPodNetwork, routeHostToPods } from "./pod-network.ts";
import { note, step } from "./progress.ts";
import { chooseProvider, machineProbes } from "./provider.ts";
import { canReachDockerHub } from "./registry.ts";
import { tearDown } from "./teardown.ts";
import { withLock } from "./toolchain/build-lock.ts";
import { ensureTools } from "./toolchain/toolchain.ts";

/** What cluster is wanted. */
export type ClusterOptions = {
  /** Name of the kind cluster; default `scalable-app`. */
  readonly name?: string;
  /** Nodes in all, one of them the control plane; default 3, at most 20. */
  readonly nodes?: number;
  /** Simulated nodes on top, kept by kwok; default 0. */
  readonly kwok?: number;
  /** A cluster that exists already; default: the environment variable E2E_KUBECONFIG. */
  readonly kubeconfig?: string;
};

/** A cluster that is ready for use. */
export type Cluster = {
  readonly name: string;
  readonly provider: "existing" | "docker" | "podman";
  /** Path of a kubeconfig with full rights. */
  readonly kubeconfig: string;
  /** The cluster's own folder, for logs of what works on it. */
  readonly folder: string;
  /** Names of the nodes that run pods, the control plane first. */
  readonly nodes: readonly string[];
  /** The address of each node, reachable from this host except on an existing cluster, where that is not known. */
  readonly nodeAddresses: Readonly<Record<string, string>>;
  /** Paths of programs that fit the cluster. */
  readonly tools: { readonly kubectl: string; readonly helm: string };
};

/** The name of the cluster that everything shares unless set otherwise. */
export const defaultClusterName = "scalable-app";

type State = { readonly provider: "docker" | "podman"; readonly config: string; readonly kwok: number };

function stateFile(name: string): string {
  return join(clusterFolder(name), "state.json");
}

/** The state of a cluster that was once brought up to its end. */
export function readState(name: string): State | undefined {
  return existsSync(stateFile(name)) ? (JSON.parse(readFileSync(stateFile(name), "utf8")) as State) : undefined;
}

/** Whether a cluster of this name was brought up to its end and not deleted since. */
export function isUp(name: string = defaultClusterName): boolean {
  return readState(name) !== undefined;
}

/** The path of a cluster's kubeconfig. */
export function kubeconfigPath(name: string): string {
  return join(clusterFolder(name), "kubeconfig");
}

/** The engine that runs a cluster's nodes. */
export async function engineOf(provider: "docker" | "podman"): Promise<Engine> {
  return provider === "docker" ? dockerEngine() : podmanEngine((await ensureTools(["runc"], note)).runc);
}

type Described = { readonly name: string; readonly provider: Cluster["provider"]; readonly kubeconfig: string };

async function describe(cluster: Described, nodes: readonly ClusterNode[]): Promise<Cluster> {
  const tools = await ensureTools(["kubectl", "helm"], note);
  const nodeAddresses = Object.fromEntries(nodes.map((node) => [node.name, node.address]));
  return { ...cluster, folder: clusterFolder(cluster.name), nodes: nodes.map((node) => node.name), nodeAddresses, tools };
}

async function clusterKubectl(name: string): Promise<Kubectl> {
  return kubectlFor((await ensureTools(["kubectl"], note)).kubectl, kubeconfigPath(name));
}

/** The running cluster, or why it cannot serve as it is. */
async function findRunning(name: string, nodes: number): Promise<{ nodes: ClusterNode[]; state: State } | string> {
  const state = readState(name);
  if (state === undefined) return "it was never brought up to its end";
  try {
    const found = await listNodes(await clusterKubectl(name));
    const asleep = found.filter((node) => !node.ready).map((node) => node.name);
    if (asleep.length > 0) return `nodes are not Ready: ${asleep.join(", ")}`;
    return found.length === nodes ? { nodes: found, state } : `it has ${found.length} nodes, not ${nodes}`;
  } catch (error) {
    return `its API server does not answer: ${(error instanceof Error ? error.message : String(error)).split("\n").at(-1) ?? ""}`;
  }
}

type Plan = { readonly name: string; readonly nodes: number; readonly engine: Engine; readonly provider: "docker" | "podman" };

/** The tag of the node image built here, or undefined where kind's own can be pulled. */
async function ownNodeImage({ provider, engine }: Plan): Promise<string | undefined> {
  const pullable = await step("node image: asking whether kind's own can be pulled", () => canReachDockerHub());
  if (pullable) return undefined;
  if (provider === "docker") await ensurePackages(buildPackages);
  const tools = await ensureTools(nodeToolNames, note);
  return withLock(imageLock(), () => ensureNodeImage(engine, tools));
}

async function createNetwork({ name, engine }: Plan): Promise<void> {
  if (engine.name === "podman") await rememberHost(name);
  if (await succeeds(engine.name, ["network", "inspect", name], { env: engine.env })) return;
  await run(engine.name, ["network", "create", "--driver", "bridge", "--subnet", addressPlan.nodes, name], { env: engine.env });
  note(`host: made the ${engine.name} network ${name}, ${addressPlan.nodes}`);
}

async function createNodes(plan: Plan, image: string | undefined): Promise<void> {
  const { name, nodes, engine } = plan;
  const folder = clusterFolder(name);
  const config = join(folder, "kind.yaml");
  writeFileSync(config, kindConfig({ nodes, ownNodeImage: image !== undefined, imageFolder: imageCache() }));
  const { kind } = await ensureTools(["kind"], note);
  const args = [
    "create",
    "cluster",
    "--name",
    name,
    "--config",
    config,
    "--kubeconfig",
    kubeconfigPath(name),
    ...(image ? ["--image", image] : []),
  ];
  const env = { ...engine.env, KIND_EXPERIMENTAL_PODMAN_NETWORK: name, KIND_EXPERIMENTAL_DOCKER_NETWORK: name };
  await run(kind, [...args, "--retain"], { env, log: join(folder, "kind.log") });
}

async function create(plan: Plan, kwok: number): Promise<ClusterNode[]> {
  const { name, engine } = plan;
  const image = await ownNodeImage(plan);
  await createNetwork(plan);
  const begin = performance.now();
  await step(`kind: creating ${plan.nodes} nodes`, () => createNodes(plan, image));
  const kubectl = await clusterKubectl(name);
  const nodes = await listNodes(kubectl);
  if (image !== undefined) {
    await layPodNetwork(nodes, (node, command, input) =>
      run(engine.name, ["exec", "--interactive", node, ...command], { env: engine.env, input: input ?? "" }),
    );
  }
  await routeHostToPods(nodes);
  await installMetricsServer(kubectl);
  await step("nodes: becoming Ready", () => kubectl(["wait", "node", "--all", "--for=condition=Ready", "--timeout=120s"]));
  note(`nodes: all Ready ${((performance.now() - begin) / 1000).toFixed(0)} s after the start of kind`);
  await step("add-ons: DNS, metrics and volumes", () => awaitAddons(kubectl, image !== undefined));
  const state: State = { provider: plan.provider, config: contentHash([image ?? "upstream"]), kwok };
  writeFileSync(stateFile(name), JSON.stringify(state));
  return listNodes(kubectl);
}

async function simulate(name: string, engine: Engine, wanted: number): Promise<void> {
  const kubectl = await clusterKubectl(name);
  const ready = "{range .items[*]}{.status.conditions[?(@.type=='Ready')].status} {end}";
  const printed = await kubectl(["get", "nodes", "-l", simulatedNodeLabel, "-o", `jsonpath=${ready}`]);
  if (wanted <= printed.split(" ").filter((status) => status === "True").length) return;
  await step(`kwok: ${wanted} simulated nodes`, async () => {
    await loadProgramImage(engine, [`${name}-control-plane`], kwokImage);
    await addSimulatedNodes(kubectl, wanted);
  });
}

async function existing(kubeconfig: string): Promise<Cluster> {
  const { kubectl } = await ensureTools(["kubectl"], note);
  return describe({ name: "existing", provider: "existing", kubeconfig }, await listNodes(kubectlFor(kubectl, kubeconfig)));
}

/** Returns a running cluster: at once where it is there and healthy, else made anew, after removing what a crash may have left of it. */
export async function ensureCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { name = defaultClusterName, nodes = 3, kwok = 0 } = options;
  const provider = await chooseProvider(machineProbes(options.kubeconfig));
  if (provider.kind === "existing") return existing(provider.kubeconfig);
  const described = { name, provider: provider.kind, kubeconfig: kubeconfigPath(name) };
  const running = await findRunning(name, nodes);
  if (typeof running !== "string" && kwok === 0) return describe(described, running.nodes);
  return withLock(
    join(clusterFolder(name), "lock"),
    async () => {
      if (provider.kind === "podman") {
        await ensurePackages({ ...enginePackages, ...buildPackages });
        ensureModulesFolder();
      }
      const engine = await engineOf(provider.kind);
      const found = await findRunning(name, nodes);
      const ready = typeof found === "string" ? await replace({ name, nodes, engine, provider: provider.kind }, kwok, found) : found.nodes;
      if (kwok > 0) await simulate(name, engine, kwok);
      return describe(described, ready);
    },
    { onWait: ({ pid }) => note(`waiting for process ${pid}, which works on the cluster ${name}`) },
  );
}

async function replace(plan: Plan, kwok: number, why: string): Promise<ClusterNode[]> {
  const removed = await tearDown(plan.engine, plan.name);
  if (removed.length > 0) note(`removed what was there (${why}): ${removed.join(", ")}`);
  return create(plan, kwok);
}

/** Deletes a cluster and everything that it changed on this host, whole or half made; returns what was removed. */
export async function deleteCluster(name: string = defaultClusterName): Promise<string[]> {
  const provider = await chooseProvider({ ...machineProbes(undefined), kubeconfig: undefined });
  if (provider.kind === "existing") return [];
  return withLock(join(clusterFolder(name), "lock"), async () => tearDown(await engineOf(provider.kind), name));
}
