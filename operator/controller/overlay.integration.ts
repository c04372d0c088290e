import { expect, test, vi } from "vitest";
import { API_VERSION, KIND } from "../api/kind.ts";
import * as resources from "../kube/resources.ts";
import { kubectl } from "../testing/kubectl.ts";
import { exists, newNamespace, patience, withOperator } from "../testing/live-operator.ts";

withOperator();

type Container = Readonly<Record<string, unknown>> & { readonly name: string };

async function containerOf(namespace: string): Promise<Container | undefined> {
  const web = await exists(resources.deployments, namespace, "shop-web");
  const { template } = web["spec"] as { template: { spec: { containers: Container[] } } };
  return template.spec.containers.find(({ name }) => name === "app");
}

const ways: readonly (readonly [string, readonly string[]])[] = [
  ["kubectl apply", ["apply", "-f", "-"]],
  ["kubectl apply --server-side", ["apply", "--server-side", "-f", "-"]],
  ["kubectl replace", ["replace", "-f", "-"]],
];

test.each(ways)("%s: an overlay gives a probe another handler, at once and again, with an earlier release running", async (_way, args) => {
  const namespace = await newNamespace();
  const put = async (words: readonly string[], overlay?: object) => {
    const spec = {
      image: "shop:1",
      rollout: { bakeSeconds: 0 },
      ...(overlay && { overlays: { web: { spec: { template: { spec: { containers: [{ name: "app", ...overlay }] } } } } } }),
    };
    const object = { apiVersion: API_VERSION, kind: KIND, metadata: { name: "shop", namespace }, spec };
    // The operator may write the status between the two requests of kubectl replace, which then asks to be run again.
    await vi.waitFor(async () => kubectl(words, [object]), patience);
  };
  await put(["apply", "-f", "-"]);
  await vi.waitFor(async () => expect((await containerOf(namespace))?.["livenessProbe"]).toHaveProperty("httpGet"), patience);
  for (const livenessProbe of [
    { httpGet: null, tcpSocket: { port: "http" } },
    { httpGet: null, tcpSocket: { port: "http" }, periodSeconds: 7 },
    { $patch: "replace", tcpSocket: { port: "http" }, periodSeconds: 8 },
    { tcpSocket: { port: "http" }, periodSeconds: 9 },
  ]) {
    await put(args, { livenessProbe });
    await vi.waitFor(async () => {
      const probe = (await containerOf(namespace))?.["livenessProbe"];
      expect(probe).toMatchObject({
        tcpSocket: { port: "http" },
        ...(livenessProbe.periodSeconds && { periodSeconds: livenessProbe.periodSeconds }),
      });
      expect(probe).not.toHaveProperty("httpGet");
    }, patience);
  }
  await put(args);
  await vi.waitFor(async () => {
    const probe = (await containerOf(namespace))?.["livenessProbe"];
    expect(probe).toHaveProperty("httpGet");
    expect(probe).not.toHaveProperty("tcpSocket");
  }, patience);
});
