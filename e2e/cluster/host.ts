import { existsSync, mkdirSync } from "node:fs";
import { run, succeeds } from "./command.ts";
import { note, step } from "./progress.ts";

/** The Debian packages that running nodes with podman needs, each with a file that shows it is there. */
export const enginePackages: Readonly<Record<string, readonly string[]>> = {
  podman: ["/usr/bin/podman"],
  conmon: ["/usr/bin/conmon"],
  netavark: ["/usr/lib/podman/netavark", "/usr/libexec/podman/netavark"],
  "aardvark-dns": ["/usr/lib/podman/aardvark-dns", "/usr/libexec/podman/aardvark-dns"],
  iptables: ["/usr/sbin/iptables"],
  iproute2: ["/usr/sbin/ip", "/usr/bin/ip", "/sbin/ip"],
};

/** The Debian packages that building the node image and the images needs. */
export const buildPackages: Readonly<Record<string, readonly string[]>> = {
  buildah: ["/usr/bin/buildah"],
  mmdebstrap: ["/usr/bin/mmdebstrap"],
  "containernetworking-plugins": ["/usr/lib/cni/ptp", "/opt/cni/bin/ptp", "/usr/libexec/cni/ptp"],
  gcc: ["/usr/bin/gcc"],
  "libc6-dev": ["/usr/include/stdio.h"],
  "python3-pip": ["/usr/bin/pip3"],
};

/** The packages of which no file is there. */
export function missingPackages(
  packages: Readonly<Record<string, readonly string[]>>,
  exists: (path: string) => boolean = existsSync,
): string[] {
  return Object.entries(packages)
    .filter(([, files]) => !files.some(exists))
    .map(([name]) => name);
}

/** Whether this host can get Debian packages by itself: root, with apt-get. */
export function canInstall(): boolean {
  return process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
}

/** Installs what is missing, as root on a Debian; elsewhere throws with the command that a person should type. */
export async function ensurePackages(packages: Readonly<Record<string, readonly string[]>>): Promise<void> {
  const missing = missingPackages(packages);
  if (missing.length === 0) return;
  if (!canInstall()) {
    throw new Error(
      `these packages are missing: run  sudo apt-get install --no-install-recommends ${missing.join(" ")}  (or start docker, which needs none of them)`,
    );
  }
  const options = ["-o", "DPkg::Lock::Timeout=600"];
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await step(`host: installing Debian packages ${missing.join(" ")}`, async () => {
    const install = ["install", "--yes", "--no-install-recommends", ...options, ...missing];
    // lists may be missing or old: refresh them only where they do not serve
    if (!(await succeeds("apt-get", install, { env }))) {
      await run("apt-get", ["update", ...options], { env });
      await run("apt-get", install, { env });
    }
  });
}

/** kind mounts the folder of kernel modules into its nodes; machines without modules lack it. Returns true where it was made. */
export function ensureModulesFolder(): boolean {
  if (existsSync("/lib/modules")) return false;
  mkdirSync("/lib/modules", { recursive: true });
  note("host: made the folder /lib/modules, which kind mounts into its nodes");
  return true;
}
