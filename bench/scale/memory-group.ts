import { existsSync } from "node:fs";
import { mkdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A control group that limits the memory of a process, as the kubelet does for a container. */
export interface MemoryGroup {
  /** Folder of the group; undefined where this machine lets nobody make one. */
  readonly folder: string | undefined;
  remove(): Promise<void>;
}

const root = "/sys/fs/cgroup";

/** Makes a group that may take `limitMiB` of memory and no swap; without root or cgroups there is none, and nothing is limited. */
export async function createMemoryGroup(name: string, limitMiB: number): Promise<MemoryGroup> {
  const isUnified = existsSync(join(root, "cgroup.controllers"));
  const folder = isUnified ? join(root, name) : join(root, "memory", name);
  try {
    if (isUnified) await writeFile(join(root, "cgroup.subtree_control"), "+memory");
    await mkdir(folder);
    await writeFile(join(folder, isUnified ? "memory.max" : "memory.limit_in_bytes"), String(limitMiB * 1024 * 1024));
  } catch {
    return { folder: undefined, remove: async () => undefined };
  }
  return { folder, remove: () => rmdir(folder).catch(() => undefined) };
}

/** Mebibytes of memory that a process has now (RSS) and had at most (peak), by /proc. */
export async function memoryOf(pid: number): Promise<{ readonly rss: number; readonly peak: number }> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const mebibytes = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? Number.NaN) / 1024;
  return { rss: mebibytes("VmRSS"), peak: mebibytes("VmHWM") };
}
