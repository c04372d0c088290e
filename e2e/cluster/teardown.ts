import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run, succeeds } from "./command.ts";
import { forwardsPackets } from "./host.ts";
import { clusterFolder } from "./paths.ts";
import { deletePodRoutes } from "./pod-network.ts";
import type { Engine } from "./engine.ts";

/** The label that kind puts on the containers of a cluster. */
export const clusterLabel = "io.x-k8s.io.kind.cluster";

function lines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}

/** The node containers of a cluster, running or not. */
export async function nodeContainers(engine: Engine, name: string): Promise<string[]> {
  const printed = await run(engine.name, ["ps", "--all", "--filter", `label=${clusterLabel}=${name}`, "--format", "{{.Names}}"], {
    env: engine.env,
  });
  return lines(printed).toSorted();
}

async function deleteContainers(engine: Engine, name: string): Promise<string[]> {
  const { env } = engine;
  const nodes = await nodeContainers(engine, name);
  // killed at once: nothing in a node wants to be saved
  const options = engine.name === "podman" ? ["--force", "--volumes", "--time", "0"] : ["--force", "--volumes"];
  if (nodes.length > 0) await run(engine.name, ["rm", ...options, ...nodes], { env });
  const removed = nodes.map((node) => `container ${node}`);
  // kind labels the volume of a podman node with the node's name; a crash leaves volumes of nodes that are gone
  const names = Array.from({ length: 20 }, (_, index) => `${name}-worker${index > 1 ? index : ""}`);
  for (const node of new Set([...nodes, `${name}-control-plane`, ...names])) {
    const volumes = lines(await run(engine.name, ["volume", "ls", "--quiet", "--filter", `label=${node}`], { env }));
    if (volumes.length > 0) await run(engine.name, ["volume", "rm", "--force", ...volumes], { env });
    removed.push(...volumes.map((volume) => `volume ${volume.slice(0, 12)} of ${node}`));
  }
  return removed;
}

async function deleteNetwork(engine: Engine, name: string): Promise<string[]> {
  if (!(await succeeds(engine.name, ["network", "inspect", name], { env: engine.env }))) return [];
  await run(engine.name, ["network", "rm", ...(engine.name === "podman" ? ["--force"] : []), name], { env: engine.env });
  return [`network ${name}`];
}

const forwardingFile = "ip-forward-was-off";

/** Remembers, before the first network is made, that the host did not forward packets, so that teardown can put that back. */
export function rememberForwarding(name: string): void {
  if (!forwardsPackets()) writeFileSync(join(clusterFolder(name), forwardingFile), "");
}

function restoreForwarding(name: string): string[] {
  const mark = join(clusterFolder(name), forwardingFile);
  if (!existsSync(mark)) return [];
  rmSync(mark);
  if (!forwardsPackets()) return [];
  try {
    writeFileSync("/proc/sys/net/ipv4/ip_forward", "0");
  } catch {
    return [];
  }
  return ["forwarding of packets (net.ipv4.ip_forward is 0 again)"];
}

/** Removes everything of a cluster from the host, whole or half made; returns what was removed. */
export async function tearDown(engine: Engine, name: string): Promise<string[]> {
  const removed = await deleteContainers(engine, name);
  removed.push(...(await deletePodRoutes()).map((route) => `route ${route}`));
  removed.push(...(await deleteNetwork(engine, name)));
  removed.push(...restoreForwarding(name));
  for (const file of ["kubeconfig", "kind.yaml", "state.json"]) rmSync(join(clusterFolder(name), file), { force: true });
  return removed;
}
