import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  readlinkSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { run, succeeds } from "./command.ts";
import { baseImages, contentHash, contextFiles, copySources } from "./content-hash.ts";
import type { Engine } from "./engine.ts";
import { writeArchive } from "./image-archive.ts";
import type { Image } from "./images/catalogue.ts";
import { imageCache } from "./paths.ts";
import { note, step } from "./progress.ts";

/** An image with the hash of everything it is made from; `pulled` where it is the upstream image. */
export type PlannedImage = Image & { readonly hash: string };

function textOf(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

function copiesDependencies(dockerfile: string): boolean {
  return copySources(dockerfile).some((source) => /^(\.\/)?node_modules\/?$/.test(source));
}

function describe(image: Image): { folder: string; dockerfile: string; files: string[] } {
  const folder = image.context;
  const dockerfile = readFileSync(image.dockerfile, "utf8");
  const wanted = image.generated === undefined ? dockerfile : "COPY . /\n";
  const files = contextFiles(folder, wanted, textOf(join(folder, ".dockerignore")));
  // dependencies that a Dockerfile copies are installed afresh from the lockfile
  const more = [".dockerignore", ...(copiesDependencies(dockerfile) ? [".npmrc", "package.json", "package-lock.json"] : [])];
  return { folder, dockerfile, files: [...new Set([...files, ...more.filter((name) => existsSync(join(folder, name)))])].toSorted() };
}

/** Gives every image its hash; an image that starts from another of the list changes with it. */
export function planImages(images: readonly Image[], pullable: boolean): PlannedImage[] {
  const hashes = new Map<string, string>();
  return images.map((image) => {
    const { folder, dockerfile, files } = describe(image);
    const bases = baseImages(dockerfile).map((base) => `${base}=${hashes.get(base) ?? "pulled"}`);
    const hash =
      pullable && image.upstream ? "pulled" : contentHash([dockerfile, ...bases, ...(image.generated?.inputs() ?? [])], folder, files);
    hashes.set(image.name, hash);
    return { ...image, hash };
  });
}

/** The name of an image as a file name. */
export function slug(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9.]+/g, "-");
}

/** The archive of an image in the cache; it holds no layers of an image of ours that it starts from. */
export function archivePath(image: PlannedImage): string {
  return join(imageCache(), `${slug(image.name)}-${image.hash}.oci.tar`);
}

function copyInto(context: string, folder: string, file: string): void {
  const target = join(context, file);
  mkdirSync(dirname(target), { recursive: true });
  const source = join(folder, file);
  if (lstatSync(source).isSymbolicLink()) symlinkSync(readlinkSync(source), target);
  else copyFileSync(source, target);
}

/** Installs what a Dockerfile copies as node_modules: the versions of the lockfile, without what only development needs, once per lockfile. */
async function installDependencies(cwd: string, owner: string): Promise<void> {
  const lockfiles = ["package-lock.json", ".npmrc"].map((name) => textOf(join(cwd, name)));
  const kept = join(imageCache(), `dependencies-${owner}-${contentHash(lockfiles)}`);
  if (!existsSync(kept)) {
    for (const name of readdirSync(imageCache()).filter((other) => other.startsWith(`dependencies-${owner}-`))) {
      rmSync(join(imageCache(), name), { recursive: true });
    }
    const options = ["--omit=dev", "--ignore-scripts"];
    // `npm ci` refuses a lockfile written without optional packages; `npm install` takes its versions all the same
    const installed = await succeeds("npm", ["ci", ...options], { cwd, log: buildLog() });
    if (!installed) await run("npm", ["install", ...options], { cwd, log: buildLog() });
    renameSync(join(cwd, "node_modules"), kept);
  }
  await run("cp", ["-al", kept, join(cwd, "node_modules")]);
}

async function build(engine: Engine, image: PlannedImage): Promise<void> {
  const { folder, dockerfile, files } = describe(image);
  const context = mkdtempSync(join(imageCache(), ".build-"));
  try {
    for (const file of files) copyInto(context, folder, file);
    await image.generated?.make(context);
    if (copiesDependencies(dockerfile)) await installDependencies(context, slug(image.name));
    if (dockerfile !== textOf(join(context, "Dockerfile"))) copyFileSync(image.dockerfile, join(context, "Dockerfile"));
    await engine.build({ tag: image.name, context, label: image.hash, log: buildLog() });
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}

function buildLog(): string {
  return join(imageCache(), "build.log");
}

/** Removes archives of older builds of the same image, and what a crashed build left. */
function tidy(image: PlannedImage): void {
  const folder = imageCache();
  const prefix = `${slug(image.name)}-`;
  for (const name of readdirSync(folder)) {
    const older =
      name.startsWith(prefix) && /^[0-9a-f]{16}\./.test(name.slice(prefix.length)) && !join(folder, name).startsWith(archivePath(image));
    if (older || name.startsWith(".build-")) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

async function toStore(engine: Engine, image: PlannedImage): Promise<void> {
  if (image.hash === "pulled") {
    if (!(await engine.hasImage(image.name))) await step(`pulling ${image.name}`, () => engine.pull(image.name, buildLog()));
  } else if (!(await engine.hasImage(image.name, image.hash))) {
    await step(`building ${image.name}`, () => build(engine, image));
  }
}

/** The images whose archive is missing, and all that they start from. */
function neededImages(images: readonly PlannedImage[]): Set<string> {
  const needed = new Set(images.filter((image) => image.onNodes && !existsSync(archivePath(image))).map((image) => image.name));
  // later images start from earlier ones: going backwards, every base is found
  for (const image of images.toReversed()) {
    if (needed.has(image.name)) for (const base of baseImages(describe(image).dockerfile)) needed.add(base);
  }
  return needed;
}

async function archive(engine: Engine, image: PlannedImage, images: readonly PlannedImage[]): Promise<void> {
  const bases = new Set(baseImages(describe(image).dockerfile));
  const base = image.hash === "pulled" ? undefined : images.find((other) => other.onNodes && bases.has(other.name));
  const saved = join(imageCache(), `.build-saved-${process.pid}.tar`);
  try {
    await engine.save(image.name, saved);
    await writeArchive(image.name, saved, archivePath(image), base && archivePath(base));
  } finally {
    rmSync(saved, { force: true });
  }
}

/** Sees to it that every image is in the engine's store and, where nodes need it, in an archive of the cache. An image whose archive is there costs nothing. */
export async function ensureImages(engine: Engine, images: readonly PlannedImage[]): Promise<void> {
  const needed = neededImages(images);
  if (needed.size > 0) await engine.tidy();
  for (const image of images) {
    if (!needed.has(image.name)) continue;
    tidy(image);
    await toStore(engine, image);
    if (image.onNodes && !existsSync(archivePath(image))) await archive(engine, image, images);
  }
  if (needed.size === 0) note(`images: all ${images.length} are in the cache`);
}
