import { copyFileSync, linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./command.ts";
import type { Engine } from "./engine.ts";
import { slug } from "./image-build.ts";
import type { ToolName } from "./toolchain/recipes.ts";

/** The Debian that nodes start from: its systemd still boots under cgroup v1. */
export const nodeSuite = "bookworm";
/** The Debian that kube-proxy starts from: bookworm's nft 1.0.6 loses elements of sets at kube-proxy's hourly full sync, and Services go dead. */
export const proxySuite = "trixie";

/** The image of a minimal Debian that others start from. */
export function debianBase(suite: string): string {
  return `localhost/scalable-app/debian:${suite}-slim`;
}

/** The name that metrics-server's image has upstream. */
const metricsServerImage = "registry.k8s.io/metrics-server/metrics-server:v0.9.0";

/** The name that the image of the volume provisioner has upstream. */
export const provisionerImage = "docker.io/rancher/local-path-provisioner:v0.0.30";

/** The programs that a node image is made of. */
export const nodeToolNames = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubectl",
  "kubelet",
  "kube-proxy",
  "kubeadm",
  "containerd",
  "containerd-shim-runc-v2",
  "ctr",
  "runc",
  "coredns",
  "metrics-server",
  "local-path-provisioner",
] as const satisfies readonly ToolName[];

/** The paths of the programs that a node image is made of. */
export type NodeTools = Record<(typeof nodeToolNames)[number], string>;

type Components = {
  readonly engine: Engine;
  readonly tools: NodeTools;
  /** Image names as kubeadm wants them, by their last part. */
  readonly names: ReadonlyMap<string, string>;
  readonly folder: string;
  readonly log: string;
};

type Component = {
  readonly image: string;
  readonly binary: string;
  readonly path: string;
  readonly base?: string;
  readonly entrypoint?: boolean;
};

const path = "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    // another file system
    copyFileSync(from, to);
  }
}

/** The Dockerfile of an image that is one program. */
export function componentDockerfile({ path: target, base, entrypoint }: Pick<Component, "path" | "base" | "entrypoint">): string {
  return [`FROM ${base ?? "scratch"}`, `COPY program ${target}`, path, ...(entrypoint ? [`ENTRYPOINT ["${target}"]`] : []), ""].join("\n");
}

async function buildComponent({ engine, folder, log }: Components, component: Component, part: string): Promise<void> {
  const context = mkdtempSync(join(folder, ".component-"));
  linkOrCopy(component.binary, join(context, "program"));
  writeFileSync(join(context, "Dockerfile"), componentDockerfile(component));
  await engine.build({ tag: component.image, context, label: "component", log });
  rmSync(context, { recursive: true });
  await engine.save(component.image, join(folder, part, `${slug(component.image)}.tar`));
}

async function buildProxyBase({ engine, folder, log }: Components, tag: string): Promise<void> {
  const context = mkdtempSync(join(folder, ".component-"));
  const install =
    "apt-get update && apt-get install -y --no-install-recommends nftables conntrack kmod && rm -rf /var/lib/apt/lists/* /var/cache/apt/*";
  writeFileSync(join(context, "Dockerfile"), `FROM ${debianBase(proxySuite)}\nRUN ${install}\n`);
  await engine.build({ tag, context, label: "component", log });
  rmSync(context, { recursive: true });
}

async function compilePause(folder: string): Promise<string> {
  const binary = join(folder, ".pause");
  await run("gcc", ["-static", "-O2", "-s", "-o", binary, join(import.meta.dirname, "node-image/pause.c")]);
  return binary;
}

/** Builds the images that nodes need at their start, as archives: folder/every for all nodes, folder/control-plane for that one only. */
export async function buildNodeComponents(components: Components): Promise<void> {
  const { tools, names, folder } = components;
  for (const part of ["every", "control-plane"]) mkdirSync(join(folder, part), { recursive: true });
  const named = (name: string): string => {
    const image = names.get(name);
    if (image === undefined) throw new Error(`kubeadm names no image for ${name}: adapt node-components.ts to this version of Kubernetes`);
    return image;
  };
  const proxyBase = "localhost/scalable-app/kube-proxy-base:2";
  await buildProxyBase(components, proxyBase);
  const pause = await compilePause(folder);
  const every: Component[] = [
    { image: named("pause"), binary: pause, path: "/pause", entrypoint: true },
    { image: named("kube-proxy"), binary: tools["kube-proxy"], path: "/usr/local/bin/kube-proxy", base: proxyBase },
    { image: named("coredns"), binary: tools.coredns, path: "/coredns", entrypoint: true },
  ];
  const controlPlane: Component[] = [
    ...(["kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const).map((name) => ({
      image: named(name),
      binary: tools[name],
      path: `/usr/local/bin/${name}`,
    })),
    { image: named("etcd"), binary: tools.etcd, path: "/usr/local/bin/etcd" },
    { image: metricsServerImage, binary: tools["metrics-server"], path: "/metrics-server", entrypoint: true },
    { image: provisionerImage, binary: tools["local-path-provisioner"], path: "/local-path-provisioner", entrypoint: true },
  ];
  for (const component of every) await buildComponent(components, component, "every");
  for (const component of controlPlane) await buildComponent(components, component, "control-plane");
  rmSync(pause, { force: true });
}
