import { join } from "node:path";
import { argoRolloutsCrds, type Cluster, ensureTools, startComponent } from "../e2e/cluster/index.ts";
import { givenNodePort, podsOf, reachable } from "../e2e/scenario/given.ts";
import { eventually, must, type Kubectl, type Thing } from "../e2e/scenario/kubectl.ts";
import type { Contender, Variable, VerdictWatch } from "./contender.ts";
import { deadlineSeconds, replicas, steps } from "./terms.ts";

const name = "argo";
const labels = { "scalableapp.dev/app": name, "app.kubernetes.io/component": "web" };

/** Runs the controller of Argo Rollouts as a process on this host, for one namespace, with its defaults; the answer takes it and its CRDs away. */
export async function givenArgoRollouts(cluster: Cluster, kubectl: Kubectl, namespace: string): Promise<() => Promise<void>> {
  const program = (await ensureTools(["argo-rollouts"]))["argo-rollouts"];
  const crds = (await argoRolloutsCrds()).flatMap((file) => ["-f", file]);
  const isThere = await kubectl.try("get", "crd", "rollouts.argoproj.io");
  if (cluster.provider === "existing" && isThere.ok) {
    throw new Error("the cluster has Argo Rollouts already: run this benchmark on a throw-away cluster (unset E2E_KUBECONFIG)");
  }
  // Its CRDs are too long for the annotation of a client-side apply.
  await kubectl.run("apply", "--server-side", "--force-conflicts", ...crds);
  await kubectl.run("wait", "--for=condition=Established", "--timeout=60s", ...crds);
  const where = ["--kubeconfig", cluster.kubeconfig, "--namespace", namespace, "--namespaced"];
  const log = join(cluster.folder, "argo-rollouts.log");
  const controller = startComponent(program, [...where, "--leader-elect=false", "--metricsPort=0", "--healthzPort=0"], log);
  return async () => {
    await kubectl.run("-n", namespace, "delete", "rollouts.argoproj.io", "--all", "--ignore-not-found");
    await controller.stop("SIGTERM");
    await kubectl.run("delete", "--ignore-not-found", ...crds);
  };
}

type Template = { readonly metadata: object; readonly spec: any };

/** The pods of the ScalableApp as they run, under labels of their own. */
function templateOf(deployment: Thing): Template {
  const { spec } = deployment.spec.template;
  const spread = (spec.topologySpreadConstraints ?? []).map((constraint: object) => ({
    ...constraint,
    labelSelector: { matchLabels: labels },
    matchLabelKeys: ["rollouts-pod-template-hash"],
  }));
  return { metadata: { labels }, spec: { ...spec, topologySpreadConstraints: spread } };
}

function withEnv({ metadata, spec }: Template, env: readonly Variable[]): Template {
  const [app, ...others] = spec.containers;
  return { metadata, spec: { ...spec, containers: [{ ...app, env: [...app.env, ...env] }, ...others] } };
}

function rollout(namespace: string, template: Template, progressDeadlineAbort: boolean): string {
  const canary = {
    steps: steps.flatMap(({ weight, pauseSeconds }) => [{ setWeight: weight }, { pause: { duration: `${pauseSeconds}s` } }]),
  };
  const spec = {
    replicas,
    progressDeadlineSeconds: deadlineSeconds,
    progressDeadlineAbort,
    selector: { matchLabels: labels },
    template,
    strategy: { canary },
  };
  return JSON.stringify({ apiVersion: "argoproj.io/v1alpha1", kind: "Rollout", metadata: { name, namespace }, spec });
}

interface RolloutStatus {
  readonly phase?: string;
  readonly abort?: boolean;
  readonly stableRS?: string;
  readonly currentPodHash?: string;
  readonly conditions?: readonly { readonly type: string; readonly reason: string }[];
}

function isWhole({ phase, stableRS, currentPodHash }: RolloutStatus): boolean {
  return phase === "Healthy" && stableRS === currentPodHash;
}

function isOverdue({ conditions = [] }: RolloutStatus): boolean {
  return conditions.some(({ type, reason }) => type === "Progressing" && reason === "ProgressDeadlineExceeded");
}

/** Gives the pods of the ScalableApp to Argo Rollouts, once as it is by default and once asked to abort at the deadline. */
export async function givenRollout(
  kubectl: Kubectl,
  namespace: string,
): Promise<{ readonly byDefault: Contender; readonly aborting: Contender }> {
  const deployment = await kubectl.get(namespace, "deployment", "shop-web");
  must(deployment, "the ScalableApp has no Deployment shop-web");
  const plain = templateOf(deployment);
  let stable = plain;
  let latest = { template: plain, aborts: true };
  const apply = async () => kubectl.apply(rollout(namespace, latest.template, latest.aborts));
  const stabilize = async (stays: boolean) => {
    if (stays) stable = latest.template;
    // Back to the pods that serve: this is how a person ends a release that does not end by itself.
    latest = { ...latest, template: stable };
    await apply();
    await eventually("the Rollout is healthy", async () => {
      const { metadata, status } = (await kubectl.get(namespace, "rollouts.argoproj.io", name))!;
      must(status && isWhole(status) && status.observedGeneration === String(metadata.generation), JSON.stringify(status));
      const pods = await podsOf(kubectl, namespace, "web", name);
      must(pods.length === replicas, `${pods.length} pods`);
    });
  };
  await apply();
  const url = await givenNodePort(kubectl, namespace, name);
  await stabilize(true);
  await reachable(url);
  const contender = (aborts: boolean): Contender => ({
    name: aborts ? "Argo Rollouts, asked to abort" : "Argo Rollouts",
    url,
    service: `${name}-public`,
    watch: async () => watchRollout(kubectl, namespace, aborts),
    stabilize,
    release: async ({ env }) => {
      latest = { template: withEnv(plain, env), aborts };
      return apply();
    },
  });
  return { byDefault: contender(false), aborting: contender(true) };
}

async function watchRollout(kubectl: Kubectl, namespace: string, aborts: boolean): Promise<VerdictWatch> {
  const seen: (RolloutStatus & { readonly atMs: number })[] = [];
  const stop = kubectl.follow(["-n", namespace, "rollouts.argoproj.io", name, "-o", 'jsonpath={.status}{"\\n"}'], (line) => {
    if (line.trim() !== "") seen.push({ ...(JSON.parse(line) as RolloutStatus), atMs: Date.now() });
  });
  await eventually("the Rollout is seen", async () => must(seen.length > 0, "not yet"), 20);
  const before = seen.at(-1)?.currentPodHash;
  return {
    stop,
    verdict() {
      const now = seen.filter(({ currentPodHash }) => currentPodHash !== before);
      const given = now.find((state) => (aborts ? state.abort === true : isOverdue(state)));
      if (given) return { what: aborts ? "sent back" : "reported", atMs: given.atMs };
      const done = now.find(isWhole);
      return done && { what: "promoted", atMs: done.atMs };
    },
  };
}
