import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { startComponent, type Component, type ControlPlane } from "../../e2e/cluster/index.ts";
import { deadlineSeconds } from "./apps.ts";
import { podAccess } from "./pod-access.ts";
import { createMemoryGroup, type MemoryGroup } from "./memory-group.ts";

/** An operator that is measured: how it is started, and how the audit log names it. */
export interface Contender {
  readonly name: string;
  readonly userAgent: string;
  /** Seconds after the last change when nothing is left that it might still do: its deadlines. */
  readonly quietAfterSeconds: number;
  readonly command: (plane: ControlPlane) => Promise<readonly string[]>;
}

/** An operator that runs in a memory-limited group. */
export interface RunningContender {
  readonly pid: number;
  readonly isLimited: boolean;
  stop(): Promise<void>;
}

const repository = join(import.meta.dirname, "../..");

/** Our operator, with the flags and the environment of its image; BENCH_OPERATOR names another working copy, BENCH_NODE_FLAGS other flags. */
export async function scalableApp(): Promise<Contender> {
  const folder = process.env["BENCH_OPERATOR"] ?? repository;
  const flags = process.env["BENCH_NODE_FLAGS"]?.split(" ").filter((flag) => flag !== "") ?? (await imageFlags(folder));
  const options = ["--no-leader-elect", "--metrics-port=0", "--health-port=0", "--log-level=warn"];
  const program = [process.execPath, ...flags, join(folder, "operator/main.ts")];
  return {
    name: "ScalableApp",
    userAgent: "scalable-app-operator",
    quietAfterSeconds: deadlineSeconds,
    async command(plane) {
      const access = await podAccess(plane);
      const cache = `NODE_COMPILE_CACHE=${join(repository, ".work/compile-cache")}`;
      if (access === undefined) return ["/usr/bin/env", cache, ...program, `--kubeconfig=${plane.kubeconfig}`, ...options];
      const env = Object.entries(access.env).map(([name, value]) => `${name}=${value}`);
      return ["/usr/bin/env", cache, ...env, ...access.wrap([...program, ...options])];
    },
  };
}

/** What stands between "node" and the program in the ENTRYPOINT of the image. */
async function imageFlags(folder: string): Promise<readonly string[]> {
  const [, entrypoint = "[]"] = /^ENTRYPOINT (\[.*\])$/m.exec(await readFile(join(folder, "Dockerfile"), "utf8")) ?? [];
  const words = JSON.parse(entrypoint) as readonly string[];
  return words.slice(1, -1);
}

/** Starts a contender in a group of its own, which it is in before its first instruction. */
export async function start(contender: Contender, plane: ControlPlane, limitMiB: number): Promise<RunningContender> {
  const group = await createMemoryGroup(`bench-scale-${process.pid}-${contender.userAgent}`, limitMiB);
  const command = await contender.command(plane);
  const component = startIn(group, command, join(plane.folder, `${contender.userAgent}.log`));
  return {
    pid: component.pid,
    isLimited: group.folder !== undefined,
    async stop() {
      const end = component.ended();
      await component.stop("SIGTERM");
      await group.remove();
      if (end !== undefined) throw new Error(`${contender.name} ${end}: see ${component.logFile}`);
    },
  };
}

function startIn(group: MemoryGroup, command: readonly string[], log: string): Component {
  if (group.folder === undefined) return startComponent(command[0] ?? "", command.slice(1), log);
  return startComponent("/bin/sh", ["-c", `echo $$ > ${group.folder}/cgroup.procs && exec "$@"`, "sh", ...command], log);
}
