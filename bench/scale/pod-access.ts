import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ControlPlane } from "../../e2e/cluster/index.ts";

/** What a program needs to reach the API server as it does in a pod, without a kubeconfig. */
export interface PodAccess {
  readonly env: Readonly<Record<string, string>>;
  /** Runs a command in a mount namespace of its own, where the files of a service account are at the place that pods have them. */
  wrap(command: readonly string[]): readonly string[];
}

const mountPoint = "/var/run";
const serviceAccount = `${mountPoint}/secrets/kubernetes.io/serviceaccount`;

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: { readonly server: string; readonly "certificate-authority-data": string } }[];
  readonly users: readonly { readonly user: { readonly token: string } }[];
}

/**
 * Access as in a pod; undefined for anybody but root, who alone can mount. A kubeconfig would have the operator load the library that reads
 * it, which a pod never does: 60 MiB that nobody pays in production.
 */
export async function podAccess({ folder, kubeconfig }: ControlPlane): Promise<PodAccess | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const { clusters, users } = JSON.parse(await readFile(kubeconfig, "utf8")) as Kubeconfig;
  const [cluster, user] = [clusters[0]?.cluster, users[0]?.user];
  if (!cluster || !user) throw new Error(`${kubeconfig} has no cluster or no user`);
  const source = join(folder, "service-account");
  await mkdir(source, { recursive: true });
  await writeFile(join(source, "token"), user.token);
  await writeFile(join(source, "ca.crt"), Buffer.from(cluster["certificate-authority-data"], "base64"));
  await writeFile(join(source, "namespace"), "default");
  const { hostname, port } = new URL(cluster.server);
  const mount = `mount -t tmpfs tmpfs ${mountPoint} && mkdir -p ${serviceAccount} && cp "$0"/* ${serviceAccount} && exec "$@"`;
  return {
    env: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
    wrap: (command) => ["unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", mount, source, ...command],
  };
}
