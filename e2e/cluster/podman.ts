import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { contentHash } from "./content-hash.ts";
import { cacheRoot } from "./paths.ts";

/** The folders of the project's own podman: nothing is shared with a podman that the machine's owner uses. */
export type PodmanFolders = {
  /** Configuration and networks; kept. */
  readonly settings: string;
  /** Images, containers and volumes; kept. */
  readonly store: string;
  /** What must not survive a restart of the machine. */
  readonly state: string;
};

/** The folders of the project's own podman on this machine. */
export function podmanFolders(): PodmanFolders {
  const settings = join(cacheRoot(), "engine");
  // another cache is another store, which must not share what podman remembers until the next restart
  const suffix = process.env["XDG_CACHE_HOME"] ? `-${contentHash([settings]).slice(0, 8)}` : "";
  return { settings, store: join(settings, "storage"), state: `/run/scalable-app${suffix}` };
}

/** Renders podman's configuration: /etc/containers stays as it is. Without runc, images are built but no container runs. */
export function containersConf({ settings, store, state }: PodmanFolders, runc: string | undefined): string {
  return `[containers]
# the default limits are higher than a machine without CAP_SYS_RESOURCE may set
default_ulimits = []
[network]
# nodes find each other by name: the older cni backend does not resolve names
network_backend = "netavark"
network_config_dir = "${settings}/networks"
[engine]
static_dir = "${store}/libpod"
volume_path = "${store}/volumes"
tmp_dir = "${state}/libpod"
# locks in shared memory would be those of every podman on this machine
lock_type = "file"
${runc === undefined ? "" : `# Debian's crun refuses machines that mix cgroup v1 and v2\nruntime = "runc"\n[engine.runtimes]\nrunc = ["${runc}"]\n`}`;
}

/** Renders the configuration of the store that podman and buildah share. */
export function storageConf({ store, state }: PodmanFolders): string {
  return `[storage]\ndriver = "overlay"\ngraphroot = "${store}"\nrunroot = "${state}/storage"\n`;
}

/** Writes the configuration and returns the environment in which podman, buildah and kind use it. */
export function podmanEnvironment(runc: string | undefined): Record<string, string> {
  const folders = podmanFolders();
  mkdirSync(join(folders.settings, "networks"), { recursive: true });
  const containers = join(folders.settings, runc === undefined ? "build.conf" : "run.conf");
  const storage = join(folders.settings, "storage.conf");
  writeFileSync(containers, containersConf(folders, runc));
  writeFileSync(storage, storageConf(folders));
  return {
    CONTAINERS_CONF: containers,
    CONTAINERS_STORAGE_CONF: storage,
    STORAGE_DRIVER: "overlay",
    BUILDAH_ISOLATION: "chroot",
    KIND_EXPERIMENTAL_PROVIDER: "podman",
  };
}
