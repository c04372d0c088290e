import { run, succeeds } from "./command.ts";
import { podmanEnvironment } from "./podman.ts";

/** What builds images and runs node containers: docker, or podman with buildah. */
export type EngineName = "docker" | "podman";

/** One build of an image from a folder that holds its Dockerfile. */
export type Build = {
  readonly tag: string;
  readonly context: string;
  readonly label: string;
  readonly log: string;
};

/** The few things asked of a container engine, the same for docker and podman. */
export type Engine = {
  readonly name: EngineName;
  /** Environment that every command about this engine needs, kind's own commands as well. */
  readonly env: Readonly<Record<string, string>>;
  readonly build: (build: Build) => Promise<void>;
  /** Removes what builds that were killed left in the store; only while nothing is built. */
  readonly tidy: () => Promise<void>;
  /** Whether a tag is in the store with this build label. */
  readonly hasImage: (tag: string, label?: string) => Promise<boolean>;
  readonly save: (tag: string, file: string) => Promise<void>;
  readonly load: (tag: string, file: string) => Promise<void>;
  readonly pull: (tag: string, log: string) => Promise<void>;
};

/** The image label that holds the hash of everything an image was built from. */
const buildLabel = "scalableapp.dev/build";

const labelFormat = `{{index .Config.Labels "${buildLabel}"}}`;

/** The podman engine; images are built by buildah, which shares podman's store. Pass runc where containers shall run, not only be built. */
export function podmanEngine(runc?: string): Engine {
  const env = podmanEnvironment(runc);
  return {
    name: "podman",
    env,
    async build({ tag, context, label, log }) {
      const options = ["--pull-never", "--layers", "--format", "docker", "--label", `${buildLabel}=${label}`];
      await run("buildah", ["bud", ...options, "--tag", tag, context], { env, log });
    },
    tidy: async () => void (await run("buildah", ["rm", "--all"], { env })),
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
    tidy: async () => undefined,
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
