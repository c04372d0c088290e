import { request } from "undici";
import { step } from "../cluster/index.ts";
import { appReady, isReady, podsOf } from "../scenario/given.ts";
import { eventually, must, type Kubectl } from "../scenario/kubectl.ts";
import { startLoad } from "../scenario/load.ts";

/** The running demo. */
export interface Demo {
  readonly kubectl: Kubectl;
  readonly namespace: string;
  readonly url: string;
}

async function call(url: string, method: "GET" | "POST" = "GET", body?: unknown): Promise<Record<string, any>> {
  const answer = await request(url, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  must(answer.statusCode < 400, `${method} ${url} answered ${answer.statusCode}`);
  return (await answer.body.json()) as Record<string, any>;
}

function print(text: string): void {
  console.log(`\n  ${text.trimEnd().replaceAll("\n", "\n  ")}\n`);
}

/** Requests through the Service, Postgres through the pooler, a job through the queue. */
export async function showServing({ kubectl, namespace, url }: Demo): Promise<void> {
  print(await kubectl.run("-n", namespace, "get", "scalableapp"));
  print(
    await kubectl.run("-n", namespace, "get", "deployments,statefulsets,services,hpa,pdb,cronjobs,jobs", "-l", "scalableapp.dev/app=shop"),
  );
  await step("an order is accepted with 202 and done by the worker", async () => {
    await call(`${url}/api/products`);
    const { statusUrl } = await call(`${url}/api/orders`, "POST", { productId: 1 });
    await eventually("the worker has carried it out", async () => must((await call(url + statusUrl))["status"] === "completed", "not yet"));
  });
}

/** The schedule runs once per tick, though the web has several replicas. */
export async function showSchedule({ url }: Demo): Promise<void> {
  await step("the schedule runs exactly once per tick", async () =>
    eventually("a tick has run", async () => {
      const { reports } = await call(`${url}/api/reports`);
      must(reports.length >= 1, "no tick yet");
      must(new Set(reports.map((report: { tick: string }) => report.tick)).size === reports.length, "a tick ran twice");
    }),
  );
}

/** A load makes the autoscaler add pods. */
export async function showScaling({ kubectl, namespace, url }: Demo): Promise<void> {
  await step("a load makes the autoscaler add web pods", async () => {
    const load = startLoad({ url: `${url}/api/work?ms=40`, keptAlivePerSecond: 12, newPerSecond: 0, timeoutMs: 30_000 });
    try {
      await eventually(
        "four web pods are wanted",
        async () => must((await kubectl.get(namespace, "deployment", "shop-web"))?.spec.replicas === 4, "not yet"),
        240,
      );
    } finally {
      const { sent, failed } = await load.stop();
      print(`${sent} requests under load, ${failed} failed`);
    }
  });
  print(await kubectl.run("-n", namespace, "get", "hpa"));
}

/** A killed pod is replaced, a deleted child comes back, a drain waits for the disruption budget. */
export async function showHealing(demo: Demo): Promise<void> {
  const { kubectl, namespace } = demo;
  await step("a deleted Service comes back", async () => {
    await kubectl.run("-n", namespace, "delete", "service", "shop-web");
    await eventually("it is back", async () => must(await kubectl.get(namespace, "service", "shop-web"), "not yet"));
  });
  await step("a killed pod is replaced", async () => {
    const [victim] = await podsOf(kubectl, namespace, "web");
    await kubectl.run("-n", namespace, "delete", "pod", victim?.metadata.name ?? "", "--wait=false");
    await eventually("its place is taken", async () => {
      const ready = (await podsOf(kubectl, namespace, "web")).filter(isReady);
      must(ready.length >= 2 && !ready.some((pod) => pod.metadata.uid === victim?.metadata.uid), "not yet");
    });
  });
  await step("a drain of every node at once is held back by the disruption budget", async () => drain(demo));
  await appReady(kubectl, namespace);
}

async function drain({ kubectl, namespace }: Demo): Promise<void> {
  const workers = (await kubectl.list("default", "nodes", "!node-role.kubernetes.io/control-plane")).map((node) => node.metadata.name);

  try {
    for (const node of workers) await kubectl.run("cordon", node);
    const web = "--pod-selector=scalableapp.dev/app=shop,app.kubernetes.io/component=web";
    const answers: string[] = [];
    for (const node of workers) {
      const { text } = await kubectl.try("drain", node, "--ignore-daemonsets", "--delete-emptydir-data", web, "--timeout=8s");
      answers.push(text);
    }
    const held = answers
      .join("\n")
      .split("\n")
      .find((line) => line.includes("disruption budget"));
    must(held, `no drain was held back: ${answers.join("\n")}`);
    print(held);
    must((await podsOf(kubectl, namespace, "web")).some(isReady), "no web pod was left");
  } finally {
    for (const node of workers) await kubectl.run("uncordon", node);
  }
}
