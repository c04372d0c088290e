import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { ensureTools, findFreePorts, startComponent, type Component, type ControlPlane } from "../cluster/index.ts";
import { readExposition } from "../../operator/metrics-source/exposition.ts";
import type { Kubectl } from "../scenario/kubectl.ts";

/** Argo CD as it runs in a cluster, without what its stories have no use for: no server, no ApplicationSets, no notifications. */
export interface ArgoCd {
  /** How often it has compared an Application with Git, and how often it has synced one, since it began. */
  counters(): Promise<{ readonly comparisons: number; readonly syncs: number }>;
  /** Ends its processes, and says so where one had ended by itself. */
  stop(): Promise<void>;
}

/** The user that all of Argo CD logs in as, so that the audit log names it. */
export const argoCdUser = "argo-cd";

/** The namespace of Argo CD and its Applications. */
export const argoCdNamespace = "argocd";

const root = join(import.meta.dirname, "../..");

/** Seconds between two comparisons; the default is 120 and up to 60 more. */
const refreshSeconds = 1;

/** Starts Argo CD on loopback ports, configured as docs/gitops.md says. Only its counters listen on all addresses: they have no option. */
export async function startArgoCd(plane: ControlPlane, kubectl: Kubectl): Promise<ArgoCd> {
  const { argocd, "argocd-redis": redis } = await ensureTools(["argocd", "argocd-redis"]);
  await configure(kubectl);
  const folder = join(plane.folder, "argo-cd");
  await mkdir(join(folder, "tmp"), { recursive: true });
  const [redisPort, repoPort, repoMetrics, metrics] = await findFreePorts(4);
  const environment = {
    KUBECONFIG: await plane.kubeconfigFor(argoCdUser),
    // The destination https://kubernetes.default.svc is the cluster of that kubeconfig.
    ARGOCD_FAKE_IN_CLUSTER: "true",
    // What timeout.reconciliation of argocd-cm becomes in its Deployments.
    ARGOCD_RECONCILIATION_TIMEOUT: `${refreshSeconds}s`,
    ARGOCD_RECONCILIATION_JITTER: "0s",
    ARGOCD_GPG_ENABLED: "false",
    ARGOCD_ASK_PASS_SOCK: "ask-pass.sock",
    HOME: folder,
    TMPDIR: join(folder, "tmp"),
    GIT_CONFIG_NOSYSTEM: "1",
  };
  const settings = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const components: Component[] = [];

  function start(program: string, ...args: string[]): void {
    const log = join(plane.folder, `${program.slice(program.lastIndexOf("/") + 1)}.log`);
    components.push(startComponent("/usr/bin/env", [`--chdir=${folder}`, ...settings, program, ...args], log));
  }

  /** The binary is the component whose name it is called by. */
  async function startArgo(name: string, ...args: string[]): Promise<void> {
    const program = join(folder, `argocd-${name}`);
    await symlink(argocd, program);
    start(program, ...args);
  }

  const caches = `--redis=127.0.0.1:${redisPort}`;
  const loopback = ["--address=127.0.0.1", "--metrics-address=127.0.0.1"];
  const plain = [`--repo-server=127.0.0.1:${repoPort}`, "--repo-server-plaintext"];
  start(redis, `127.0.0.1:${redisPort}`);
  await startArgo("repo-server", ...loopback, `--port=${repoPort}`, `--metrics-port=${repoMetrics}`, "--disable-tls", caches);
  await startArgo("application-controller", `--namespace=${argoCdNamespace}`, ...plain, caches, `--metrics-port=${metrics}`);
  return {
    async counters() {
      const text = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
      return { comparisons: sumOf(text, "argocd_app_reconcile", "_count"), syncs: sumOf(text, "argocd_app_sync_total") };
    },
    async stop() {
      const ended = components.filter((component) => component.ended() !== undefined);
      for (const component of components.toReversed()) await component.stop();
      if (ended.length > 0) throw new Error(ended.map(({ logFile, ended: why }) => `${logFile}: ${why()}`).join(", "));
    },
  };
}

/** The settings that its own manifests bring, and ours, as docs/gitops.md says. */
async function configure(kubectl: Kubectl): Promise<void> {
  const labels = { "app.kubernetes.io/part-of": "argocd" };
  const inArgoCd = (name: string) => ({ name, namespace: argoCdNamespace, labels });
  const everything = [{ group: "*", kind: "*" }];
  const items = [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: argoCdNamespace } },
    { apiVersion: "v1", kind: "ConfigMap", metadata: inArgoCd("argocd-cm") },
    { apiVersion: "v1", kind: "Secret", metadata: inArgoCd("argocd-secret"), stringData: { "server.secretkey": "of-no-use-here" } },
    {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "AppProject",
      metadata: inArgoCd("default"),
      spec: { sourceRepos: ["*"], destinations: [{ namespace: "*", server: "*" }], clusterResourceWhitelist: everything },
    },
  ];
  await kubectl.apply(JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  for (const file of ["argocd-cm.yaml", "argocd-cm-cells.yaml"]) {
    await kubectl.run("-n", argoCdNamespace, "patch", "configmap", "argocd-cm", "--patch-file", join(root, "gitops/argo-cd", file));
  }
}

/** The sum of a family's samples over their labels. */
function sumOf(text: string, family: string, suffix = ""): number {
  let sum = 0;
  readExposition(text, [family], ({ name, value }) => {
    if (name === family + suffix) sum += value;
  });
  return sum;
}
