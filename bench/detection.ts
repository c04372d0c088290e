// make bench-detection: how soon a bad canary is sent back, and what it cost the users. The same image, pods, steps, deadline and load
// are given to our operator and, where it judges without a metrics server, to Argo Rollouts, in turns in one run.
import { setTimeout as delay } from "node:timers/promises";
import { ensureCluster, ensureTools, loadImages, note, step } from "../e2e/cluster/index.ts";
import { scenarioImages } from "../e2e/images/catalogue.ts";
import { givenNamespace, givenPostgres } from "../e2e/scenario/given.ts";
import { eventually, Kubectl, must } from "../e2e/scenario/kubectl.ts";
import { installOperator } from "../e2e/scenario/operator.ts";
import { underLoad } from "../e2e/scenario/release-run.ts";
import { givenArgoRollouts, givenRollout } from "./argo-rollouts.ts";
import { cases, type Case } from "./cases.ts";
import type { Change, Contender, Verdict } from "./contender.ts";
import { report, type Measured } from "./report.ts";
import { givenScalableApp } from "./scalable-app.ts";
import { timeRun, type Run, type Times } from "./timing.ts";
import { watchTraffic } from "./traffic-watch.ts";

const rounds = Number(process.env["BENCH_ROUNDS"] ?? 1);
const namespace = "bench-detection";
/** A controller that has decided nothing by then is not waited for. */
const patienceSeconds = 100;
/** What leaving pods still have in hand counts. */
const drainMs = 5000;

async function observe(kubectl: Kubectl, contender: Contender, change: Change): Promise<Times> {
  const traffic = await watchTraffic(kubectl, namespace, contender.service);
  const watch = await contender.watch();
  let appliedMs = Date.now();
  let verdict: Verdict | undefined;
  const reported = (load: Run["load"]) => timeRun({ appliedMs, sharing: traffic.seen, verdict, load });
  try {
    const load = await underLoad(contender.url, async () => {
      appliedMs = Date.now();
      await contender.release(change);
      verdict = await patiently(async () => {
        const now = watch.verdict();
        must(now, "nothing was decided");
        return now;
      });
      const goes = verdict?.what === "sent back";
      if (goes)
        await patiently(async () =>
          must(reported({ sent: 0, failed: 0, perFailure: {} }).gone !== undefined, "its pods still get requests"),
        );
      await delay(drainMs);
    });
    return reported(load);
  } finally {
    traffic.stop();
    watch.stop();
  }
}

async function patiently<T>(look: () => Promise<T>): Promise<T | undefined> {
  return eventually("a verdict", look, patienceSeconds).catch(() => undefined);
}

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const chosen = cases.filter(({ id }) => wanted.length === 0 || wanted.includes(id));
  if (chosen.length === 0) throw new Error(`choose from: ${cases.map(({ id }) => id).join(" ")}`);
  const isAlone = chosen.every(({ contenders }) => contenders.every((who) => who === "ours"));
  if (!isAlone) await ensureTools(["argo-rollouts"], note);
  const cluster = await ensureCluster();
  const loaded = cluster.provider === "existing" ? [] : await loadImages(scenarioImages, cluster.name);
  await step("install the operator", async () => installOperator({ helm: cluster.tools.helm, kubeconfig: cluster.kubeconfig, loaded }));
  const kubectl = new Kubectl(cluster.tools.kubectl, cluster.kubeconfig);
  await givenNamespace(kubectl, namespace);
  const toRemove = [async () => kubectl.deleteNamespace(namespace)];
  try {
    await givenPostgres(kubectl, namespace);
    const ours = await step("give the app to our operator", async () => givenScalableApp(kubectl, namespace));
    if (!isAlone) toRemove.unshift(await givenArgoRollouts(cluster, kubectl, namespace));
    const theirs = isAlone ? {} : await step("give its pods to Argo Rollouts", async () => givenRollout(kubectl, namespace));
    console.log(`\n${report(await measureAll(kubectl, chosen, { ours, ...theirs }))}`);
  } finally {
    for (const remove of toRemove) await remove();
  }
}

async function measureAll(
  kubectl: Kubectl,
  chosen: readonly Case[],
  contenders: Readonly<Partial<Record<Case["contenders"][number], Contender>>>,
): Promise<readonly Measured[]> {
  const measured: Measured[] = [];
  let releases = 0;
  for (let round = 1; round <= rounds; round++) {
    for (const one of chosen) {
      for (const who of round % 2 === 0 ? one.contenders.toReversed() : one.contenders) {
        const contender = contenders[who];
        if (contender === undefined) continue;
        const env = [...one.env, { name: "RELEASE_NUMBER", value: String(++releases) }];
        const times = await observe(kubectl, contender, { env, migrates: one.id === "migration" });
        measured.push({ case: one, who: contender.name, times });
        note(`round ${round}/${rounds} ${one.id.padEnd(9)} ${contender.name}: ${JSON.stringify(times)}`);
        await contender.stabilize(one.env.length === 0);
      }
    }
  }
  return measured;
}

await main();
