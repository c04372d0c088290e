// make demo: a cluster, the operator from its chart, one ScalableApp, and what it does when things go wrong.
import { deleteCluster, ensureCluster, loadImages, note, step } from "../cluster/index.ts";
import { scenarioImages } from "../images/catalogue.ts";
import {
  applyApp,
  appReady,
  databaseReady,
  exampleApp,
  givenNamespace,
  givenNodePort,
  givenPostgres,
  reachable,
} from "../scenario/given.ts";
import { Kubectl } from "../scenario/kubectl.ts";
import { installOperator } from "../scenario/operator.ts";
import { showHealing, showScaling, showSchedule, showServing, type Demo } from "./scenes.ts";

const namespace = "demo";

async function up(): Promise<void> {
  const started = performance.now();
  const cluster = await ensureCluster();
  const loaded = await loadImages(scenarioImages, cluster.name);
  const kubectl = new Kubectl(cluster.tools.kubectl, cluster.kubeconfig);
  await step("install the operator from charts/scalable-app", async () =>
    installOperator({ helm: cluster.tools.helm, kubeconfig: cluster.kubeconfig, loaded }),
  );
  const demo = await step("apply examples/02-storefront with kubectl", async () => deploy(kubectl));
  const schedule = showSchedule(demo);
  await showServing(demo);
  await Promise.all([showScaling(demo), showHealing(demo), schedule]);
  note(`the demo took ${((performance.now() - started) / 1000).toFixed(0)} s`);
  console.log(outlook(cluster.kubeconfig, cluster.tools.kubectl, demo.url));
}

/** The storefront with windows short enough to watch. */
async function deploy(kubectl: Kubectl): Promise<Demo> {
  await givenNamespace(kubectl, namespace);
  await givenPostgres(kubectl, namespace);
  await databaseReady(kubectl, namespace);
  const app = await exampleApp("02-storefront");
  const autoscaling = {
    minReplicas: 2,
    maxReplicas: 4,
    scaleOut: { by: 2, sustainedSeconds: 0, cooldownSeconds: 15 },
    scaleIn: { by: 1, sustainedSeconds: 60, cooldownSeconds: 30 },
  };
  const schedules = [{ name: "report", cron: "* * * * *", command: ["node", "src/report.ts"], deadlineSeconds: 50 }];
  await applyApp(kubectl, namespace, app, { schedules, web: { ...(app.spec["web"] as object), autoscaling } });
  const url = await givenNodePort(kubectl, namespace);
  await appReady(kubectl, namespace, "shop", 300);
  await reachable(url);
  return { kubectl, namespace, url };
}

function outlook(kubeconfig: string, kubectl: string, url: string): string {
  return `
What to look at now
  export KUBECONFIG=${kubeconfig}
  alias kubectl=${kubectl}
  kubectl -n ${namespace} get sapp                          the app in one line
  kubectl -n ${namespace} describe sapp shop                conditions and events: what holds, and what to change
  kubectl -n ${namespace} get deploy,sts,svc,hpa,pdb,cj     what it became
  kubectl explain scalableapp.spec                    every field
  curl ${url}/api/products
  make demo-down                                      removes all of it
`;
}

async function main(verb: string | undefined): Promise<void> {
  if (verb === "down") for (const removed of await deleteCluster()) note(removed);
  else if (verb === "up" || verb === undefined) await up();
  else throw new Error(`no such verb: ${verb}; use up or down`);
}

try {
  await main(process.argv[2]);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
