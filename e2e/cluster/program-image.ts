import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Engine } from "./engine.ts";
import { componentDockerfile } from "./node-components.ts";
import { loadedImages, loadOnNode } from "./node-images.ts";
import { imageCache, imageLock } from "./paths.ts";
import { note } from "./progress.ts";
import { withLock } from "./toolchain/build-lock.ts";
import type { ToolName } from "./toolchain/recipes.ts";
import { ensureTools } from "./toolchain/toolchain.ts";

/** An image that is one program of the toolchain. */
export type ProgramImage = { readonly name: string; readonly program: ToolName };

/** kwok's image, which plays the kubelets of simulated nodes. */
export const kwokImage: ProgramImage = { name: "registry.k8s.io/kwok/kwok:v0.8.0", program: "kwok" };

/** The image of the Gateway. */
export const traefikImage: ProgramImage = { name: "docker.io/library/traefik:v3.6.12", program: "traefik" };

/** An archive of the cache with the hash of what it was built from. */
type Archive = { readonly hash: string; readonly archive: string };

async function build(engine: Engine, image: ProgramImage, binary: string, { hash, archive }: Archive): Promise<void> {
  const context = mkdtempSync(join(imageCache(), `.build-${image.program}-`));
  try {
    copyFileSync(binary, join(context, "program"));
    writeFileSync(join(context, "Dockerfile"), componentDockerfile({ path: `/usr/local/bin/${image.program}`, entrypoint: true }));
    await engine.build({ tag: image.name, context, label: hash, log: join(imageCache(), "build.log") });
    await engine.save(image.name, `${archive}.draft`);
    renameSync(`${archive}.draft`, archive);
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}

/** Builds the image of a program, and the program, where the cache lacks them. */
async function ensureProgramImage(engine: Engine, image: ProgramImage): Promise<Archive> {
  const { [image.program]: binary } = await ensureTools([image.program], note);
  const hash = basename(dirname(dirname(binary)));
  const archive = join(imageCache(), `${hash}.tar`);
  if (!existsSync(archive)) await withLock(imageLock(), () => build(engine, image, binary, { hash, archive }));
  return { hash, archive };
}

/** Loads the image of a program onto the nodes that lack it. */
export async function loadProgramImage(engine: Engine, nodes: readonly string[], image: ProgramImage): Promise<void> {
  const { hash, archive } = await ensureProgramImage(engine, image);
  for (const node of nodes) {
    const { name } = image;
    if ((await loadedImages(engine, node)).get(name) !== hash) await loadOnNode(engine, node, { name, hash, archive });
  }
}
