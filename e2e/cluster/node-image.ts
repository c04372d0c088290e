import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { run } from "./command.ts";
import { contentHash, contextFiles } from "./content-hash.ts";
import type { Engine } from "./engine.ts";
import { makeDebian } from "./images/catalogue.ts";
import { buildNodeComponents, debianBase, nodeSuite, provisionerImage, proxySuite } from "./node-components.ts";
import type { NodeTools } from "./node-components.ts";
import { imageCache } from "./paths.ts";
import { step } from "./progress.ts";
import { kindModuleDir } from "./toolchain/toolchain.ts";
import { kubernetesVersion } from "./toolchain/recipes.ts";

const recipe = join(import.meta.dirname, "node-image");
const cniPlugins = ["host-local", "loopback", "ptp", "portmap"];
const cniFolders = ["/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni"];

/** Changes a kind file line by line; throws when a pattern is gone, because then the recipe no longer fits kind's version. */
function edit(text: string, name: string, changes: readonly (readonly [RegExp, string])[]): string {
  return changes.reduce((current, [pattern, replacement]) => {
    if (!pattern.test(current)) throw new Error(`${name} of kind has no ${pattern}: adapt node-image.ts to this version of kind`);
    return current.replace(pattern, replacement);
  }, text);
}

/** kind's containerd unit without the settings that need CAP_SYS_RESOURCE. */
export function containerdUnit(original: string): string {
  return edit(original, "containerd.service", [
    [/^OOMScoreAdjust=.*\n/m, ""],
    [/^LimitNPROC=.*\n/m, ""],
    [/^LimitCORE=.*\n/m, ""],
  ]);
}

/** kind's containerd configuration for a node image with no spec file of its own and with the pause image given. */
export function containerdConfig(original: string, pauseImage: string): string {
  return edit(original, "config.toml", [
    // without CAP_SYS_RESOURCE no score below our own may be set: containers would not start
    [/restrict_oom_score_adj = false/, "restrict_oom_score_adj = true"],
    [/^.*base_runtime_spec.*\n/m, ""],
    [/^.*base_runtime_spec.*\n/m, ""],
    [/sandbox_image = .*/, `sandbox_image = "${pauseImage}"`],
  ]);
}

async function kindFiles(context: string, pauseImage: string): Promise<void> {
  const files = join(context, "files");
  cpSync(join(await kindModuleDir(), "images/base/files"), files, { recursive: true });
  const change = (path: string, how: (text: string) => string) => {
    const file = join(files, path);
    writeFileSync(file, how(readFileSync(file, "utf8")));
  };
  change("etc/systemd/system/containerd.service", containerdUnit);
  change("etc/containerd/config.toml", (text) => containerdConfig(text, pauseImage));
}

function writeManifests(context: string, kubeProxyImage: string): void {
  const folder = join(context, "manifests");
  mkdirSync(folder);
  // the pod network is laid from outside, when the nodes' addresses are known
  writeFileSync(join(folder, "default-cni.yaml"), "\n");
  const storage = readFileSync(join(recipe, "storage.yaml"), "utf8");
  const filled = storage.replaceAll("${KUBE_PROXY_IMAGE}", kubeProxyImage).replaceAll("${PROVISIONER_IMAGE}", provisionerImage);
  writeFileSync(join(folder, "default-storage.yaml"), filled);
}

function copyBinaries(context: string, tools: NodeTools): void {
  mkdirSync(join(context, "bin"));
  for (const name of ["containerd", "ctr", "containerd-shim-runc-v2", "runc", "kubeadm", "kubelet", "kubectl"] as const) {
    copyFileSync(tools[name], join(context, "bin", name));
    chmodSync(join(context, "bin", name), 0o755);
  }
  mkdirSync(join(context, "cni"));
  for (const name of cniPlugins) {
    const found = cniFolders.map((folder) => join(folder, name)).find((path) => existsSync(path));
    if (found === undefined) throw new Error(`the CNI plugin ${name} is missing: install containernetworking-plugins`);
    copyFileSync(found, join(context, "cni", name));
  }
}

/** The names that kubeadm gives to the images of the control plane, by their last part. */
async function kubeadmImages(kubeadm: string): Promise<Map<string, string>> {
  const printed = await run(kubeadm, ["config", "images", "list", "--kubernetes-version", kubernetesVersion]);
  const names = printed.split("\n").filter((line) => line.includes(":"));
  return new Map(names.map((name) => [/([^/]+):[^:]+$/.exec(name)?.[1] ?? name, name]));
}

async function buildBase(engine: Engine, suite: string, log: string): Promise<void> {
  const tag = debianBase(suite);
  const files = ["node-image.ts", "images/catalogue.ts"].map((name) => readFileSync(join(import.meta.dirname, name), "utf8"));
  const label = contentHash([tag, /makeDebian[^}]+/.exec(files[1] ?? "")?.[0] ?? ""]);
  if (await engine.hasImage(tag, label)) return;
  const context = mkdtempSync(join(imageCache(), ".node-base-"));
  try {
    await makeDebian(suite, join(context, "rootfs.tar"));
    writeFileSync(join(context, "Dockerfile"), "FROM scratch\nADD rootfs.tar /\n");
    await engine.build({ tag, context, label, log });
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}

async function buildNode(engine: Engine, tools: NodeTools, image: { tag: string; hash: string }): Promise<void> {
  const log = join(imageCache(), "node-build.log");
  const context = mkdtempSync(join(imageCache(), ".node-"));
  try {
    for (const suite of [nodeSuite, proxySuite]) await step(`node image: a minimal Debian ${suite}`, () => buildBase(engine, suite, log));
    const names = await kubeadmImages(tools.kubeadm);
    await step("node image: images of the control plane", () =>
      buildNodeComponents({ engine, tools, names, folder: join(context, "images"), log }),
    );
    await kindFiles(context, names.get("pause") ?? "");
    writeManifests(context, names.get("kube-proxy") ?? "");
    copyBinaries(context, tools);
    for (const name of ["Dockerfile", "kind-images.service"]) copyFileSync(join(recipe, name), join(context, name));
    writeFileSync(join(context, "version"), `${kubernetesVersion}\n`);
    await step("node image: putting it together", () => engine.build({ tag: image.tag, context, label: image.hash, log }));
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}

/** The tag and the hash of the node image of these tools and this recipe. */
function nodeImagePlan(tools: NodeTools): { tag: string; hash: string } {
  const own = ["node-image.ts", "node-components.ts"].map((name) => readFileSync(join(import.meta.dirname, name), "utf8"));
  // a tool's path holds the hash of its Go module
  const programs = Object.values(tools).map((path) => path.split("/").slice(-3).join("/"));
  const hash = contentHash([kubernetesVersion, ...own, ...programs], recipe, contextFiles(recipe, "COPY . /\n", ""));
  return { tag: `localhost/scalable-app/kind-node:${kubernetesVersion}-${hash.slice(0, 8)}`, hash };
}

function tidy(archive: string): void {
  for (const name of readdirSync(imageCache())) {
    const path = join(imageCache(), name);
    if ((name.startsWith("kind-node-") && path !== archive) || name.startsWith(".node-")) rmSync(path, { recursive: true, force: true });
  }
}

/** Builds the node image once per hash of its inputs; it stays in the engine's store and as an archive in the cache. Returns its tag. */
export async function ensureNodeImage(engine: Engine, tools: NodeTools): Promise<string> {
  const image = nodeImagePlan(tools);
  const archive = join(imageCache(), `kind-node-${image.hash}.tar`);
  if (await engine.hasImage(image.tag, image.hash)) {
    if (existsSync(archive)) return image.tag;
  } else if (existsSync(archive)) {
    await step("node image: loading it from the cache", () => engine.load(image.tag, archive));
    return image.tag;
  } else {
    tidy(archive);
    await step("node image", () => buildNode(engine, tools, image));
  }
  const draft = `${archive}.${process.pid}`;
  await step("node image: keeping a copy in the cache", () => engine.save(image.tag, draft));
  renameSync(draft, archive);
  return image.tag;
}
