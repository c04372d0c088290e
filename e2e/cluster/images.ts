import { join } from "node:path";
import { kubectlFor } from "./addons.ts";
import { listNodes } from "./cluster-nodes.ts";
import { defaultClusterName, engineOf, kubeconfigPath, readState } from "./cluster.ts";
import { dockerEngine, podmanEngine } from "./engine.ts";
import type { Engine } from "./engine.ts";
import { buildPackages, ensurePackages } from "./host.ts";
import { archivePath, ensureImages, planImages } from "./image-build.ts";
import type { PlannedImage } from "./image-build.ts";
import type { Image } from "./images/catalogue.ts";
import { loadedImages, loadOnNode } from "./node-images.ts";
import { clusterFolder, imageLock } from "./paths.ts";
import { note, step } from "./progress.ts";
import { chooseProvider, machineProbes } from "./provider.ts";
import { canReachDockerHub } from "./registry.ts";
import { withLock } from "./toolchain/build-lock.ts";
import { ensureTools } from "./toolchain/toolchain.ts";

async function buildEngine(): Promise<Engine> {
  const provider = await chooseProvider({ ...machineProbes(undefined), kubeconfig: undefined });
  if (provider.kind === "docker") return dockerEngine();
  await ensurePackages(buildPackages);
  return podmanEngine();
}

/** Builds or pulls what the cache lacks of the given images; one that another starts from comes before it. */
export async function provideImages(images: readonly Image[]): Promise<PlannedImage[]> {
  const engine = await buildEngine();
  return withLock(
    imageLock(),
    async () => {
      const planned = planImages(images, await canReachDockerHub());
      await ensureImages(engine, planned);
      return planned;
    },
    { onWait: ({ pid }) => note(`waiting for process ${pid}, which builds images`) },
  );
}

/** The names of the nodes that run pods: the control plane runs none of ours, unless it is alone. */
export async function podNodes(name: string): Promise<string[]> {
  const { kubectl } = await ensureTools(["kubectl"], note);
  const all = await listNodes(kubectlFor(kubectl, kubeconfigPath(name)));
  return all.map((node) => node.name).filter((node) => all.length === 1 || !node.endsWith("-control-plane"));
}

async function loadNode(engine: Engine, node: string, images: readonly PlannedImage[]): Promise<string[]> {
  const there = await loadedImages(engine, node);
  const missing = images.filter((image) => image.onNodes && there.get(image.name) !== image.hash);
  for (const { name, hash, archive } of missing.map((image) => ({ ...image, archive: archivePath(image) }))) {
    await loadOnNode(engine, node, { name, hash, archive });
  }
  return missing.map((image) => image.name);
}

/**
 * Builds what is missing of the given images and loads onto each node what it does not have yet; returns the names of the images that were loaded.
 *
 * Workers get every image.
 */
export async function loadImages(wanted: readonly Image[], name: string = defaultClusterName): Promise<string[]> {
  const state = readState(name);
  if (state === undefined) throw new Error(`the cluster ${name} does not run: start it first (make cluster)`);
  const images = await provideImages(wanted);
  const engine = await engineOf(state.provider);
  const workers = await podNodes(name);
  const loaded = await step(`images: loading onto ${workers.length} nodes what they lack`, () =>
    withLock(join(clusterFolder(name), "load.lock"), () => Promise.all(workers.map((node) => loadNode(engine, node, images)))),
  );
  const names = [...new Set(loaded.flat())];
  note(names.length > 0 ? `images: loaded ${names.join(", ")}` : "images: the nodes have them all");
  return names;
}
