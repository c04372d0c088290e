import { InvalidArgumentError } from "commander";
import type { Command } from "commander";
import { createKubeClient } from "../kube/client.ts";
import type { KubeClient } from "../kube/client.ts";
import { findCredentials } from "../kube/credentials.ts";
import type { Access, Credentials } from "../kube/credentials.ts";
import { explain } from "./explain.ts";
import { CommandError, messageOf } from "./terminal.ts";
import type { ExitStatus, CliDependencies, Terminal } from "./terminal.ts";
import { oneLine } from "./text.ts";

/** What every command that speaks to a cluster is built of. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly dependencies: CliDependencies;
  readonly finish: (status: ExitStatus) => void;
}

/** How the user names the cluster and the namespace, as with kubectl. */
export interface ClusterFlags {
  readonly namespace?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** The API server, and the namespace that is meant. */
export interface Cluster {
  readonly client: KubeClient;
  readonly namespace: string;
  /** Its address, for messages. */
  readonly server: string;
}

/** Adds a command about one app, with the flags of kubectl. */
export function addAppCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .argument("<APP>", "the name of the ScalableApp")
    .option("-n, --namespace <namespace>", "its namespace (default: the one of the context)")
    .option("--context <context>", "the context of the kubeconfig (default: the current one)")
    .option("--kubeconfig <file>", "the kubeconfig file (default: KUBECONFIG, the pod's service account, ~/.kube/config)");
}

/** Does something with the cluster; whatever goes wrong there is reported in the user's words. */
export async function withCluster<T>(flags: ClusterFlags, { env }: CliDependencies, use: (cluster: Cluster) => Promise<T>): Promise<T> {
  const { credentials, access } = await choose(flags, env);
  const client = createKubeClient({ credentials, userAgent: "scalable-app-cli" });
  const cluster = { client, namespace: flags.namespace ?? access.namespace ?? "default", server: access.server };
  try {
    return await use(cluster);
  } catch (error) {
    throw explain(error, cluster);
  } finally {
    await client.close();
  }
}

async function choose(
  { kubeconfig: kubeConfig, context }: ClusterFlags,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly credentials: Credentials; readonly access: Access }> {
  try {
    const credentials = findCredentials({ kubeConfig, context }, env);
    return { credentials, access: await credentials.current() };
  } catch (cause) {
    // What a login program prints may have many lines.
    throw new CommandError(oneLine(messageOf(cause)), { cause });
  }
}

const unitMilliseconds: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds of a duration such as 30s, 1.5m or 1h. */
export function toMilliseconds(text: string): number {
  const [, count, unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/u.exec(text) ?? [];
  const milliseconds = Number(count) * (unitMilliseconds[unit] ?? Number.NaN);
  if (!(milliseconds > 0)) throw new InvalidArgumentError("must be a number above 0 and a unit, such as 30s, 5m or 1h");
  return milliseconds;
}
