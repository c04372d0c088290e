import { afterAll, describe, expect, inject, test } from "vitest";
import { givenNamespace } from "../scenario/given.ts";
import { eventually, must } from "../scenario/kubectl.ts";
import { testCluster } from "../scenario/test-cluster.ts";

const { kubectl } = testCluster();
const namespace = "e2e-cluster-services";

afterAll(async () => kubectl.deleteNamespace(namespace));

/** A pod that does nothing by itself, on a node of its own. */
async function givenClient(node: string): Promise<string> {
  const name = `client-${node}`;
  const securityContext = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    runAsNonRoot: true,
    runAsUser: 1000,
    seccompProfile: { type: "RuntimeDefault" },
  };
  const container = { name: "client", image: "localhost/scalable-app/storefront:dev", command: ["sleep", "infinity"], securityContext };
  const spec = { nodeName: node, terminationGracePeriodSeconds: 0, containers: [container] };
  await kubectl.apply(JSON.stringify({ apiVersion: "v1", kind: "Pod", metadata: { name, namespace }, spec }));
  await kubectl.run("-n", namespace, "wait", "pod", name, "--for=condition=Ready", "--timeout=60s");
  return name;
}

/** Address and port of every Service of the cluster itself: those of other stories come and go. */
async function services(): Promise<readonly string[]> {
  const found = (await Promise.all(["default", "kube-system"].map(async (each) => kubectl.list(each, "services")))).flat();
  return found.flatMap(({ spec }) => {
    const { clusterIP, ports } = spec as { clusterIP?: string; ports: { port: number; protocol: string }[] };
    if (clusterIP === undefined || clusterIP === "None") return [];
    return ports.filter(({ protocol }) => protocol === "TCP").map(({ port }) => `${clusterIP}:${port}`);
  });
}

/** Which of the addresses take no connection from a pod. */
async function silentFrom(client: string, addresses: readonly string[]): Promise<readonly string[]> {
  const script = `
    const ask = (address) => new Promise((resolve) => {
      const [host, port] = address.split(":");
      const socket = require("node:net").connect({ host, port, timeout: 2000 });
      const end = (silent) => { socket.destroy(); resolve(silent ? [address] : []); };
      socket.once("connect", () => end(false)).once("timeout", () => end(true)).once("error", () => end(true));
    });
    Promise.all(process.argv.slice(1).map(ask)).then((silent) => console.log(JSON.stringify(silent.flat())));`;
  return JSON.parse(await kubectl.run("-n", namespace, "exec", client, "--", "node", "-e", script, ...addresses)) as string[];
}

// A cluster that somebody else keeps is not disturbed.
describe.runIf(inject("cluster").provider !== "existing")("given the test cluster for more than an hour", () => {
  test("when kube-proxy syncs everything anew, twice, as it does every hour, then every Service of the cluster still answers on every node", async () => {
    await givenNamespace(kubectl, namespace);
    const nodes = await kubectl.list("default", "nodes", "!node-role.kubernetes.io/control-plane");
    const clients = await Promise.all(nodes.map(async ({ metadata }) => givenClient(metadata.name)));
    const addresses = await services();
    expect(addresses.length).toBeGreaterThan(2);
    for (let round = 0; round < 2; round++) {
      await kubectl.run("-n", "kube-system", "rollout", "restart", "daemonset/kube-proxy");
      await kubectl.run("-n", "kube-system", "rollout", "status", "daemonset/kube-proxy", "--timeout=120s");
    }
    for (const client of clients) {
      await eventually(
        "every Service answers",
        async () => {
          const silent = await silentFrom(client, addresses);
          must(silent.length === 0, `${client} reaches none of ${silent.join(", ")}`);
        },
        30,
      );
    }
  });
});
