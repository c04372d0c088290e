import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Engine } from "./engine.ts";
import { componentDockerfile } from "./node-components.ts";
import { loadedImages, loadOnNode } from "./node-images.ts";
import { imageCache, imageLock } from "./paths.ts";
import { note } from "./progress.ts";
import { withLock } from "./toolchain/build-lock.ts";
import { ensureTools } from "./toolchain/toolchain.ts";

const image = "registry.k8s.io/kwok/kwok:v0.8.0";

async function build(engine: Engine, program: string, hash: string, archive: string): Promise<void> {
  const context = mkdtempSync(join(imageCache(), ".build-kwok-"));
  try {
    copyFileSync(program, join(context, "program"));
    writeFileSync(join(context, "Dockerfile"), componentDockerfile({ path: "/usr/local/bin/kwok", entrypoint: true }));
    await engine.build({ tag: image, context, label: hash, log: join(imageCache(), "build.log") });
    await engine.save(image, `${archive}.draft`);
    renameSync(`${archive}.draft`, archive);
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}

/** Loads kwok's image, built from its program, onto the node that runs it. */
export async function loadKwokImage(engine: Engine, node: string): Promise<void> {
  const { kwok } = await ensureTools(["kwok"], note);
  const hash = basename(dirname(dirname(kwok)));
  if ((await loadedImages(engine, node)).get(image) === hash) return;
  const archive = join(imageCache(), `${hash}.tar`);
  if (!existsSync(archive)) await withLock(imageLock(), () => build(engine, kwok, hash, archive));
  await loadOnNode(engine, node, { name: image, hash, archive });
}
