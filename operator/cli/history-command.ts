import type { Command } from "commander";
import { APP_LABEL } from "../api/labels.ts";
import { controllerRevisions } from "../kube/resources.ts";
import { readApp } from "./app.ts";
import type { App } from "./app.ts";
import { addAppCommand, withCluster } from "./cluster.ts";
import type { Cluster, ClusterFlags, CommandContext } from "./cluster.ts";
import { historyOf, historyText } from "./history.ts";
import type { HistoryEntry } from "./history.ts";
import { outputOption } from "./status-command.ts";

/** Adds `history`. */
export function addHistoryCommand(program: Command, { terminal, dependencies, finish }: CommandContext): void {
  addAppCommand(program, "history", "list the stored releases of an app, the newest first: those that a rollback can return to")
    .addOption(outputOption())
    .action(async (name: string, flags: ClusterFlags & { readonly output?: "json" }) => {
      const entries = await withCluster(flags, dependencies, async (cluster) => readHistory(cluster, await readApp(cluster, name)));
      if (flags.output === "json") terminal.out(`${JSON.stringify(entries)}\n`);
      else if (entries.length === 0) terminal.out(`${name}: no release is stored yet\n`);
      else terminal.out(historyText(entries, dependencies.clock.wall()));
      finish(0);
    });
}

/** The stored releases of an app, the newest first. */
export async function readHistory({ client, namespace }: Cluster, { name, status }: App): Promise<readonly HistoryEntry[]> {
  const { items } = await client.list(controllerRevisions, { namespace, labelSelector: `${APP_LABEL}=${name}` });
  return historyOf(items, status);
}
