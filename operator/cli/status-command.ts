import { Option } from "commander";
import type { Command } from "commander";
import { readApp } from "./app.ts";
import type { App } from "./app.ts";
import { addAppCommand, toMilliseconds, withCluster } from "./cluster.ts";
import type { Cluster, ClusterFlags, CommandContext } from "./cluster.ts";
import { follow } from "./follow.ts";
import { endOf } from "./release-end.ts";
import type { ReleaseEnd } from "./release-end.ts";
import { lookAtOperator, progressLine, statusJson, statusText } from "./status-text.ts";
import { CommandError } from "./terminal.ts";
import type { ExitStatus } from "./terminal.ts";

interface StatusFlags extends ClusterFlags {
  readonly output?: "json";
  readonly watch?: true;
  readonly timeout?: number;
}

const everyMs = 1000;

/** Adds `status`. */
export function addStatusCommand(program: Command, context: CommandContext): void {
  addAppCommand(program, "status", "show the release of an app: where it stands, what it waits for, how it is judged")
    .option("-w, --watch", "follow it until the release has ended: exit status 0 stable, 1 failed or quarantined, 2 not in time")
    .option("--timeout <duration>", "with --watch: how long at most, such as 10m (default: without end)", toMilliseconds)
    .addOption(outputOption())
    .action(async (name: string, flags: StatusFlags) => {
      if (flags.timeout !== undefined && flags.watch !== true) throw new CommandError("--timeout needs --watch");
      const show = async (cluster: Cluster) => (flags.watch === true ? watch(cluster, name, flags) : print(cluster, name, flags));
      context.finish(await withCluster(flags, context.dependencies, show));
    });

  async function print(cluster: Cluster, name: string, { output }: StatusFlags): Promise<ExitStatus> {
    const app = await readApp(cluster, name);
    context.terminal.out(output === "json" ? `${statusJson(app)}\n` : statusText(app, context.dependencies.clock.wall()));
    return 0;
  }

  async function watch(cluster: Cluster, name: string, flags: StatusFlags): Promise<ExitStatus> {
    const { terminal, dependencies } = context;
    let reported = "";
    function show(app: App): void {
      const line = flags.output === "json" ? statusJson(app) : progressLine(app);
      if (line === reported) return;
      reported = line;
      const time = new Date(dependencies.clock.wall()).toISOString().slice(11, 19);
      terminal.out(flags.output === "json" ? `${line}\n` : `${time} ${line}\n`);
    }
    const end = await follow({ clock: dependencies.clock, timeoutMs: flags.timeout, everyMs }, async () => {
      const app = await readApp(cluster, name);
      show(app);
      return endOf(app);
    });
    if (end === undefined)
      terminal.error(`${name}: the release has not ended in time; it goes on without this command. ${lookAtOperator}\n`);
    return statusOf(end);
  }
}

/** `-o json`. */
export function outputOption(): Option {
  return new Option("-o, --output <format>", "json instead of text").choices(["json"]);
}

function statusOf(end: ReleaseEnd | undefined): ExitStatus {
  switch (end) {
    case "stable":
      return 0;
    case "failed":
      return 1;
    case undefined:
      return 2;
  }
}
