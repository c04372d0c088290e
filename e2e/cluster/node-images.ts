import { run } from "./command.ts";
import type { Engine } from "./engine.ts";

/** The label on a node's image that holds the hash of what it was built from. */
export const loadedLabel = "scalableapp.dev/build";

/** Reads `ctr images list` into image name -> build hash, for the images that were loaded by us. */
export function readLoaded(printed: string): Map<string, string> {
  const loaded = new Map<string, string>();
  for (const line of printed.split("\n").slice(1)) {
    const name = line.split(/\s+/)[0];
    const hash = new RegExp(`${loadedLabel}=([^,\\s]+)`).exec(line)?.[1];
    if (name && hash) loaded.set(name, hash);
  }
  return loaded;
}

async function containerd(engine: Engine, node: string, args: readonly string[], inputFile?: string): Promise<string> {
  const command = ["exec", ...(inputFile === undefined ? [] : ["--interactive"]), node, "ctr", "--namespace=k8s.io", "images", ...args];
  return run(engine.name, command, { env: engine.env, ...(inputFile === undefined ? {} : { inputFile }) });
}

/** The images on a node that were loaded by us, with the hash of what each was built from. */
export async function loadedImages(engine: Engine, node: string): Promise<Map<string, string>> {
  return readLoaded(await containerd(engine, node, ["list"]));
}

/** Imports an image archive on one node and marks it with its hash. */
export async function loadOnNode(engine: Engine, node: string, image: { name: string; hash: string; archive: string }): Promise<void> {
  await containerd(engine, node, ["import", "--digests", "--snapshotter=overlayfs", "-"], image.archive);
  await containerd(engine, node, ["label", image.name, `${loadedLabel}=${image.hash}`]);
}
