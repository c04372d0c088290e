// How soon a bad canary is sent back, and what it cost the users: per fault the seconds from its readiness to the decision, under a
// constant load. Beside it stands what Argo Rollouts and Flagger need with the values that their documentation gives.
import { ensureCluster } from "../e2e/cluster/cluster.ts";
import { loadImages } from "../e2e/cluster/images.ts";
import { note } from "../e2e/cluster/progress.ts";
import { applyApp, appReady, exampleApp, givenNamespace, givenNodePort, givenPostgres } from "../e2e/scenario/given.ts";
import { Kubectl } from "../e2e/scenario/kubectl.ts";
import { installOperator } from "../e2e/scenario/operator.ts";
import { releaseUnderLoad, timeDetection, type Run } from "../e2e/scenario/release-run.ts";

const rounds = Number(process.env["BENCH_ROUNDS"] ?? 3);
const namespace = "bench-detection";
const intervalSeconds = 2;
const analysis = { intervalSeconds, minRequests: 30, errorRatePercent: 5, latencyP99Milliseconds: 2000 };
const canary = { steps: [{ weight: 25, pauseSeconds: 120 }], analysis };
const rollout = { strategy: "canary", canary, progressDeadlineSeconds: 30, bakeSeconds: 0 };

const faults = [
  { name: "20 % of answers are 5xx", variable: "FAULT_ERROR_PERCENT", value: "20" },
  { name: "p99 of 2.5 s", variable: "FAULT_LATENCY_MS", value: "2500" },
  { name: "process ends after 5 s", variable: "FAULT_CRASH_AFTER_SECONDS", value: "5" },
] as const;

// Flagger: analysis.interval (60 s by default) times analysis.threshold (5 in its documentation's examples), with a router and Prometheus.
// Argo Rollouts: without an AnalysisTemplate nothing is judged; progressDeadlineSeconds is 600 and progressDeadlineAbort false by default.
const others = [
  "Flagger, documented values (interval 60 s, threshold 5): 300 s and more",
  "Argo Rollouts, defaults: no analysis; pods that never come up are reported after 600 s and not sent back (progressDeadlineAbort: false)",
];

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function prepare(kubectl: Kubectl) {
  await givenNamespace(kubectl, namespace);
  await givenPostgres(kubectl, namespace);
  const example = await exampleApp("05-canary");
  const { autoscaling: _autoscaling, ...web } = example.spec["web"] as Record<string, unknown>;
  const app = { ...example, spec: { ...example.spec, web: { ...web, replicas: 2, shutdown: { drainSeconds: 5 } }, rollout } };
  await applyApp(kubectl, namespace, app);
  const url = await givenNodePort(kubectl, namespace);
  await appReady(kubectl, namespace);
  return { app, url };
}

async function main(): Promise<void> {
  const cluster = await ensureCluster();
  if (cluster.provider !== "existing") await loadImages(cluster.name);
  await installOperator({ helm: cluster.tools.helm, kubeconfig: cluster.kubeconfig });
  const kubectl = new Kubectl(cluster.tools.kubectl, cluster.kubeconfig);
  const { app, url } = await prepare(kubectl);
  const lines: string[] = [];
  for (const { name, variable, value } of faults) {
    const runs: Run[] = [];
    for (let round = 1; round <= rounds; round++) {
      const env = [
        { name: variable, value },
        { name: "ROUND", value: String(round) },
      ];
      const run = await releaseUnderLoad({ kubectl, namespace, url }, async () => applyApp(kubectl, namespace, app, { env }));
      runs.push(run);
      note(
        `${name}, round ${round}/${rounds}: back ${timeDetection(run).afterReady} s after it was ready, ${run.load.failed} requests failed`,
      );
    }
    const seconds = runs.map((run) => timeDetection(run).afterReady);
    const failed = runs.map(({ load }) => load.failed);
    lines.push(
      `${name.padEnd(24)} back after ${median(seconds)} s (worst ${Math.max(...seconds)} s), ${median(failed)} of ${median(runs.map(({ load }) => load.sent))} requests failed`,
    );
  }
  await kubectl.deleteNamespace(namespace);
  console.log(`\nA check every ${intervalSeconds} s, at least ${analysis.minRequests} requests, one failed check forgiven:`);
  for (const line of [...lines, ...others]) console.log(`  ${line}`);
}

await main();
