import { basename } from "node:path";
import { run } from "./command.ts";
import type { Engine } from "./engine.ts";

/** The label on a node's image that holds the hash of what it was built from. */
const loadedLabel = "scalableapp.dev/build";

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

async function onNode(engine: Engine, node: string, command: readonly string[], inputFile?: string): Promise<string> {
  const fed = inputFile === undefined ? {} : { inputFile };
  return run(engine.name, ["exec", ...(inputFile === undefined ? [] : ["--interactive"]), node, ...command], { env: engine.env, ...fed });
}

const images = ["ctr", "--namespace=k8s.io", "images"];

/** The images on a node that were loaded by us, with the hash of what each was built from. */
export async function loadedImages(engine: Engine, node: string): Promise<Map<string, string>> {
  return readLoaded(await onNode(engine, node, [...images, "list"]));
}

/** The folder in which nodes see the cache of image archives: reading there costs far less than a pipe through the engine. */
export const nodeImageFolder = "/image-cache";

/** Imports an image archive of the cache on one node and marks it with its hash. */
export async function loadOnNode(engine: Engine, node: string, image: { name: string; hash: string; archive: string }): Promise<void> {
  const shared = `${nodeImageFolder}/${basename(image.archive)}`;
  const importing = [...images, "import", "--digests", "--snapshotter=overlayfs"];
  const seen = await onNode(engine, node, ["test", "-f", shared]).then(
    () => true,
    () => false,
  );
  await (seen ? onNode(engine, node, [...importing, shared]) : onNode(engine, node, [...importing, "-"], image.archive));
  await onNode(engine, node, [...images, "label", image.name, `${loadedLabel}=${image.hash}`]);
}
