import { rmSync } from "node:fs";
import { join } from "node:path";
import { run, succeeds } from "./command.ts";
import type { Engine } from "./engine.ts";
import { restoreHost } from "./host-state.ts";
import { clusterFolder, imageLock } from "./paths.ts";
import { deletePodRoutes } from "./pod-network.ts";
import { withLock } from "./toolchain/build-lock.ts";

/** The label that kind puts on the containers of a cluster. */
const clusterLabel = "io.x-k8s.kind.cluster";

function lines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}

/** The node containers of a cluster, running or not. */
async function nodeContainers(engine: Engine, name: string): Promise<string[]> {
  const filter = ["ps", "--all", "--filter", `label=${clusterLabel}=${name}`, "--format", "{{.Names}}"];
  return lines(await run(engine.name, filter, { env: engine.env })).toSorted();
}

async function deleteContainers(engine: Engine, name: string): Promise<string[]> {
  const nodes = await nodeContainers(engine, name);
  // killed at once: nothing in a node wants to be saved
  const now = engine.name === "podman" ? ["--time", "0"] : [];
  if (nodes.length > 0) await run(engine.name, ["rm", "--force", "--volumes", ...now, ...nodes], { env: engine.env });
  return nodes.map((node) => `container ${node}`);
}

/** Removes the volumes of nodes that are gone. Our podman has a store of its own; with docker a node's volume goes with the node. */
async function deleteVolumes(engine: Engine): Promise<string[]> {
  if (engine.name === "docker") return [];
  return lines(await run("podman", ["volume", "prune", "--force"], { env: engine.env })).map((volume) => `volume ${volume.slice(0, 12)}`);
}

async function deleteNetwork(engine: Engine, name: string): Promise<string[]> {
  if (!(await succeeds(engine.name, ["network", "inspect", name], { env: engine.env }))) return [];
  await run(engine.name, ["network", "rm", name], { env: engine.env });
  return [`network ${name}`];
}

/** Removes everything of a cluster from the host, whole or half made; returns what was removed. */
export async function tearDown(engine: Engine, name: string): Promise<string[]> {
  // routes first: they vanish with the network, and then could not be reported
  const routes = await deletePodRoutes();
  const removed = await deleteContainers(engine, name);
  removed.push(...(await deleteVolumes(engine)), ...routes.map((route) => `route ${route}`));
  removed.push(...(await deleteNetwork(engine, name)));
  // never while an image is being built in the same store
  if (engine.name === "podman") removed.push(...(await withLock(imageLock(), () => restoreHost(name))));
  for (const file of ["kubeconfig", "kind.yaml", "state.json"]) rmSync(join(clusterFolder(name), file), { force: true });
  return removed;
}
