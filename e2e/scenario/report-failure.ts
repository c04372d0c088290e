import { afterEach } from "vitest";
import type { Kubectl, Thing } from "./kubectl.ts";
import { operatorNamespace } from "./operator.ts";
import { testCluster } from "./test-cluster.ts";

/** Lines of each log and list that are printed: the newest say most. */
const lines = 40;

/** A failed story prints what its app, its events, its pods and the operator said: a cluster of CI is gone afterwards. */
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") console.log(await describeCluster(testCluster().kubectl));
});

async function describeCluster(kubectl: Kubectl): Promise<string> {
  const scenarios = await kubectl.list("default", "namespace", "scalableapp.dev/scenario=yes");
  const own = scenarios.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const parts = [...(await Promise.all(own.map(async (each) => describeNamespace(kubectl, each)))), await describeOperator(kubectl)];
  return parts.join("\n");
}

async function describeNamespace(kubectl: Kubectl, { metadata: { name } }: Thing): Promise<string> {
  const apps = await print(
    kubectl,
    `status of the apps in ${name}`,
    ["-n", name, "get", "scalableapps", "-o", "jsonpath-as-json={.items[*].status}"],
    Infinity,
  );
  const pods = await print(kubectl, `pods in ${name}`, ["-n", name, "get", "pods", "-o", "wide"]);
  const events = await print(kubectl, `events in ${name}`, ["-n", name, "get", "events", "--sort-by=.lastTimestamp"]);
  const selector = [
    "-l",
    "app.kubernetes.io/managed-by=scalable-app",
    "--all-containers",
    "--prefix",
    `--tail=${lines / 2}`,
    "--max-log-requests=50",
  ];
  const logs = await print(kubectl, `logs of the app's pods in ${name}`, ["-n", name, "logs", ...selector], 8 * lines);
  return [apps, pods, events, logs].join("\n");
}

async function describeOperator(kubectl: Kubectl): Promise<string> {
  const selector = ["-l", "app.kubernetes.io/component=operator", "--prefix", `--tail=${lines}`];
  return print(kubectl, "logs of the operator", ["-n", operatorNamespace, "logs", ...selector], 3 * lines);
}

async function print(kubectl: Kubectl, title: string, args: readonly string[], most = lines): Promise<string> {
  const { text } = await kubectl.try(...args);
  return `--- ${title}\n${text.trimEnd().split("\n").slice(-most).join("\n")}`;
}
