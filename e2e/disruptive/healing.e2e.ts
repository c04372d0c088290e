import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AppManifest, appReady, applyApp, conditionOf, givenStorefront, isReady, podsOf } from "../scenario/given.ts";
import { startLoad } from "../scenario/load.ts";
import { eventually, must } from "../scenario/kubectl.ts";
import { testCluster } from "../scenario/test-cluster.ts";

const { kubectl } = testCluster();
const namespace = "e2e-healing";
const web = "scalableapp.dev/app=shop,app.kubernetes.io/component=web";
let app: AppManifest;
let url: string;

async function twoReadyPods() {
  return eventually("two web pods are ready", async () => {
    const pods = await podsOf(kubectl, namespace, "web");
    must(pods.length === 2 && pods.every(isReady), `${pods.filter(isReady).length} of ${pods.length} are ready`);
    return pods;
  });
}

beforeAll(async () => {
  ({ app, url } = await givenStorefront(kubectl, namespace, () => ({ schedules: [] })));
});

afterAll(async () => {
  for (const node of await kubectl.list("default", "nodes")) await kubectl.run("uncordon", node.metadata.name);
  await kubectl.deleteNamespace(namespace);
});

describe("given a running app", () => {
  test("when a pod is killed, then it is replaced and the app answers all the while", async () => {
    const [victim, other] = await twoReadyPods();
    await kubectl.run("-n", namespace, "delete", "pod", victim!.metadata.name, "--wait=false");
    const pods = await eventually("another pod has taken its place", async () => {
      const now = await podsOf(kubectl, namespace, "web");
      must(now.length === 2 && now.every(isReady) && !now.some((pod) => pod.metadata.uid === victim!.metadata.uid), "not yet");
      return now;
    });
    expect(pods.map((pod) => pod.metadata.uid)).toContain(other!.metadata.uid);
  });

  test("when children are deleted or edited, then they come back as they were", async () => {
    const before = await kubectl.get(namespace, "hpa", "shop-web");
    await kubectl.run("-n", namespace, "delete", "hpa,service,pdb", "shop-web");
    await eventually("they are back", async () => {
      for (const kind of ["hpa", "service", "pdb"]) must(await kubectl.get(namespace, kind, "shop-web"), `${kind} is missing`);
    });
    expect((await kubectl.get(namespace, "hpa", "shop-web"))?.spec).toEqual(before?.spec);
    await kubectl.run(
      "-n",
      namespace,
      "patch",
      "service",
      "shop-web",
      "--type=json",
      '-p=[{"op":"replace","path":"/spec/ports/0/port","value":81}]',
    );
    await eventually("the port is put right", async () =>
      must((await kubectl.get(namespace, "service", "shop-web"))?.spec.ports[0].port === 80, "not yet"),
    );
  });

  test("when all worker nodes are drained at once, then the disruption budget keeps one pod serving until there is room", async () => {
    const pods = await twoReadyPods();
    const nodes = [...new Set(pods.map((pod) => pod.spec.nodeName as string))];
    expect(nodes, "the pods are spread over the hosts").toHaveLength(2);
    const workers = (await kubectl.list("default", "nodes", "!node-role.kubernetes.io/control-plane")).map((node) => node.metadata.name);
    const load = startLoad({ url: `${url}/api/products/1`, keptAlivePerSecond: 50, newPerSecond: 10 });

    for (const node of workers) await kubectl.run("cordon", node);
    const drain = async (node: string, seconds: number) =>
      kubectl.try("drain", node, "--ignore-daemonsets", "--delete-emptydir-data", `--pod-selector=${web}`, `--timeout=${seconds}s`);
    await drain(nodes[0]!, 90);
    const held = await drain(nodes[1]!, 15);
    expect(held.ok).toBe(false);
    expect(held.text).toContain("disruption budget");
    expect((await podsOf(kubectl, namespace, "web")).filter(isReady)).toHaveLength(1);

    await kubectl.run("uncordon", nodes[0]!);
    const drained = await drain(nodes[1]!, 120);
    expect(drained.ok, drained.text).toBe(true);
    for (const node of workers) await kubectl.run("uncordon", node);
    await twoReadyPods();
    expect(await load.stop()).toMatchObject({ failed: 0, failures: [] });
  });

  test("when its Secret is missing or its image cannot be pulled, then the condition says what to change and the old pods serve on", async () => {
    await applyApp(kubectl, namespace, app, { schedules: [], envFrom: [{ secretRef: { name: "not-there" } }] });
    const missing = await eventually("the missing Secret is named", async () => {
      const ready = conditionOf((await kubectl.get(namespace, "scalableapp", "shop"))!, "Ready");
      must(ready?.reason === "ReferenceMissing", `Ready is ${ready?.reason}`);
      return ready;
    });
    expect(missing.message).toContain("Secret not-there");
    await applyApp(kubectl, namespace, app, { schedules: [], migration: null, image: "localhost/scalable-app/storefront:no-such-tag" });
    const unpulled = await eventually("the image is named", async () => {
      const ready = conditionOf((await kubectl.get(namespace, "scalableapp", "shop"))!, "Ready");
      must(ready?.reason === "ImagePullFailed", `Ready is ${ready?.reason}`);
      return ready;
    });
    expect(unpulled.message).toContain("no-such-tag");
    expect((await podsOf(kubectl, namespace, "web")).filter(isReady).length).toBeGreaterThanOrEqual(2);
    await applyApp(kubectl, namespace, app, { schedules: [] });
    await appReady(kubectl, namespace);
  });
});
