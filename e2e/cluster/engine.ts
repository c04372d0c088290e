import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run, succeeds } from "./command.ts";
import { cacheRoot } from "./paths.ts";

/** What builds images and runs node containers: docker, or podman with buildah. */
export type EngineName = "docker" | "podman";

/** One build of an image from a folder that holds its Dockerfile. */
export type Build = {
  readonly tag: string;
  readonly context: string;
  readonly label: string;
  readonly log: string;
  readonly network?: boolean;
};

/** The few things asked of a container engine, the same for docker and podman. */
export type Engine = {
  readonly name: EngineName;
  /** Environment that every command about this engine needs, kind's own commands as well. */
  readonly env: Readonly<Record<string, string>>;
  readonly build: (build: Build) => Promise<void>;
  /** Whether a tag is in the store with this build label. */
  readonly hasImage: (tag: string, label?: string) => Promise<boolean>;
  readonly save: (tag: string, file: string) => Promise<void>;
  readonly load: (tag: string, file: string) => Promise<void>;
  readonly pull: (tag: string, log: string) => Promise<void>;
};

/** The image label that holds the hash of everything an image was built from. */
export const buildLabel = "scalableapp.dev/build";

const labelFormat = `{{index .Config.Labels "${buildLabel}"}}`;

/** The container engine configuration of the project: /etc/containers stays as it is. */
export function containersConf(runc: string | undefined): string {
  const runtime = runc === undefined ? [] : ['runtime = "runc"', "[engine.runtimes]", `runc = ["${runc}"]`];
  return [
    "[containers]",
    "# the default limits are higher than a machine without CAP_SYS_RESOURCE may set",
    "default_ulimits = []",
    "[network]",
    "# nodes find each other by name: the older cni backend does not resolve names",
    'network_backend = "netavark"',
    "[engine]",
    "# Debian's crun refuses machines that mix cgroup v1 and v2",
    ...runtime,
    "",
  ].join("\n");
}

function writeContainersConf(runc: string | undefined): string {
  const folder = join(cacheRoot(), "engine");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, runc === undefined ? "build.conf" : "run.conf");
  writeFileSync(file, containersConf(runc));
  return file;
}

/** The host's own npm settings (certificates, proxy) that an image build needs where the network asks for them; none of it stays in the image. */
async function hostVolumes(context: string): Promise<string[]> {
  const printed = await run("npm", ["config", "get", "cafile", "https-proxy"], { cwd: context }).catch(() => "");
  const setting = (name: string) => /^(?!null$).+$/.exec(printed.match(new RegExp(`^${name}=(.*)$`, "m"))?.[1] ?? "")?.[0];
  const cafile = setting("cafile");
  const proxy = setting("https-proxy");
  if (!cafile && !proxy) return [];
  const npmrc = join(cacheRoot(), "engine", "npmrc");
  writeFileSync(npmrc, [cafile ? "cafile=/run/host-ca.crt" : "", proxy ? `https-proxy=${proxy}` : "", ""].join("\n"), { mode: 0o600 });
  const volumes = ["--volume", `${npmrc}:/usr/local/etc/npmrc:ro`];
  return cafile && existsSync(cafile) ? [...volumes, "--volume", `${cafile}:/run/host-ca.crt:ro`] : volumes;
}

/** The podman engine; images are built by buildah, which shares podman's store. Pass runc where containers shall run, not only be built. */
export function podmanEngine(runc?: string): Engine {
  const env = {
    STORAGE_DRIVER: "overlay",
    BUILDAH_ISOLATION: "chroot",
    KIND_EXPERIMENTAL_PROVIDER: "podman",
    CONTAINERS_CONF: writeContainersConf(runc),
  };
  return {
    name: "podman",
    env,
    async build({ tag, context, label, log, network }) {
      const volumes = network ? await hostVolumes(context) : [];
      const options = ["--pull-never", "--layers", "--format", "docker", "--label", `${buildLabel}=${label}`, ...volumes];
      await run("buildah", ["bud", ...options, "--tag", tag, context], { env, log });
    },
    async hasImage(tag, label) {
      if (label === undefined) return succeeds("buildah", ["inspect", "--type", "image", tag], { env });
      const format = `{{index .OCIv1.Config.Labels "${buildLabel}"}}`;
      const found = await run("buildah", ["inspect", "--type", "image", "--format", format, tag], { env }).catch(() => "");
      return found.trim() === label;
    },
    save: async (tag, file) => void (await run("buildah", ["push", "--quiet", tag, `docker-archive:${file}:${tag}`], { env })),
    async load(tag, file) {
      const id = await run("buildah", ["pull", "--quiet", `docker-archive:${file}`], { env });
      await run("buildah", ["tag", id.trim(), tag], { env });
    },
    pull: async (tag, log) => void (await run("buildah", ["pull", tag], { env, log })),
  };
}

/** The docker engine. */
export function dockerEngine(): Engine {
  return {
    name: "docker",
    env: { KIND_EXPERIMENTAL_PROVIDER: "docker" },
    build: async ({ tag, context, label, log }) =>
      void (await run("docker", ["build", "--label", `${buildLabel}=${label}`, "--tag", tag, context], { log })),
    async hasImage(tag, label) {
      if (label === undefined) return succeeds("docker", ["image", "inspect", tag]);
      const found = await run("docker", ["image", "inspect", "--format", labelFormat, tag]).catch(() => "");
      return found.trim() === label;
    },
    save: async (tag, file) => void (await run("docker", ["save", "--output", file, tag])),
    load: async (_tag, file) => void (await run("docker", ["load", "--input", file])),
    pull: async (tag, log) => void (await run("docker", ["pull", tag], { log })),
  };
}
