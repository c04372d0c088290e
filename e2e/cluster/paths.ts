import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** The folder of everything that is kept between runs and shared by clones: $XDG_CACHE_HOME (default ~/.cache)/scalable-app. */
export function cacheRoot(): string {
  return join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "scalable-app");
}

function made(path: string): string {
  mkdirSync(path, { recursive: true });
  return path;
}

/** The folder of image archives. */
export function imageCache(): string {
  return made(join(cacheRoot(), "images"));
}

/** The lock of everything that builds images. */
export function imageLock(): string {
  return join(imageCache(), "lock");
}

/** The folder of one cluster's own files: kubeconfig, container engine configuration, log. */
export function clusterFolder(name: string): string {
  return made(join(cacheRoot(), "clusters", name));
}
