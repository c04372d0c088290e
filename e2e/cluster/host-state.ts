import { existsSync, readdirSync, readFileSync, rmSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./command.ts";
import { clusterFolder } from "./paths.ts";
import { podmanFolders } from "./podman.ts";

/** What of the host a container engine changes by itself and leaves behind: how it was before the first cluster. */
export type HostState = {
  /** Whether the host forwarded packets between its links. */
  readonly forwarding: boolean;
  /** Whether /run/netns was a mount. */
  readonly netnsMounted: boolean;
  /** Whether netavark's firewall chains were there. */
  readonly netavarkChains: boolean;
};

const forwardingSwitch = "/proc/sys/net/ipv4/ip_forward";

function isMounted(path: string): boolean {
  return readFileSync("/proc/self/mounts", "utf8").includes(` ${path} `);
}

async function firewall(): Promise<string> {
  return run("iptables-save", []).catch(() => "");
}

function memory(name: string): string {
  return join(clusterFolder(name), "host.json");
}

/** Remembers the host's state before a cluster changes it; a state remembered before a crash stays. */
export async function rememberHost(name: string): Promise<void> {
  if (existsSync(memory(name))) return;
  const state: HostState = {
    forwarding: readFileSync(forwardingSwitch, "utf8").trim() === "1",
    netnsMounted: isMounted("/run/netns"),
    netavarkChains: (await firewall()).includes("NETAVARK"),
  };
  writeFileSync(memory(name), JSON.stringify(state));
}

/** The iptables commands that remove netavark's rules and chains, read from what `iptables-save` printed. */
export function netavarkRemoval(saved: string): string[][] {
  const jumps: string[][] = [];
  const chains: string[][] = [];
  let table = "filter";
  for (const line of saved.split("\n")) {
    if (line.startsWith("*")) table = line.slice(1).trim();
    const chain = /^:(NETAVARK\S*)/.exec(line)?.[1];
    if (chain) chains.push(["-t", table, "-X", chain]);
    // rules within a chain go with the chain, which is emptied first
    if (/^-A (?!NETAVARK).*-j NETAVARK/.test(line)) jumps.push(["-t", table, ...words(line.replace(/^-A/, "-D"))]);
  }
  return [...jumps, ...chains.map(([t = "", name = "", , chain = ""]) => [t, name, "-F", chain]), ...chains];
}

/** Splits a line of iptables-save, in which only comments are quoted. */
function words(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}

async function removeNetavarkChains(): Promise<string[]> {
  const commands = netavarkRemoval(await firewall());
  for (const command of commands) await run("iptables", command).catch(() => undefined);
  return commands.length > 0 ? ["the firewall chains of netavark"] : [];
}

async function unmount(path: string): Promise<string[]> {
  if (!isMounted(path)) return [];
  return run("umount", [path]).then(
    () => [`mount ${path}`],
    () => [],
  );
}

/** Removes cgroups in which no process is left, the innermost first. */
function removeCgroups(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) if (entry.isDirectory()) removeCgroups(join(folder, entry.name));
  try {
    rmdirSync(folder);
  } catch {
    // still in use, so not ours to remove
  }
}

function removePodmanCgroups(): string[] {
  const root = "/sys/fs/cgroup";
  const controllers = existsSync(root) ? readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory()) : [];
  const parents = [root, ...controllers.map(({ name }) => join(root, name))].map((path) => join(path, "libpod_parent"));
  const there = parents.filter((path) => existsSync(path));
  for (const path of there) removeCgroups(path);
  return there.some((path) => !existsSync(path)) ? ["the cgroups of podman"] : [];
}

function restoreForwarding({ forwarding }: HostState): string[] {
  if (forwarding || readFileSync(forwardingSwitch, "utf8").trim() === "0") return [];
  writeFileSync(forwardingSwitch, "0");
  return ["forwarding of packets (net.ipv4.ip_forward is 0 again)"];
}

/** Puts back what was remembered and removes what podman leaves when its last container is gone; returns what was removed. */
export async function restoreHost(name: string): Promise<string[]> {
  if (!existsSync(memory(name))) return [];
  const state = JSON.parse(readFileSync(memory(name), "utf8")) as HostState;
  const removed = restoreForwarding(state);
  if (!state.netavarkChains) removed.push(...(await removeNetavarkChains()));
  if (!state.netnsMounted) removed.push(...(await unmount("/run/netns")));
  removed.push(...removePodmanCgroups());
  const { store, state: volatile } = podmanFolders();
  removed.push(...(await unmount(`${store}/overlay`)));
  rmSync(volatile, { recursive: true, force: true });
  rmSync(memory(name));
  return removed;
}
