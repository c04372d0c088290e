import { afterAll, describe, expect, test } from "vitest";
import { applyApp, appReady, givenNamespace, podsOf, type AppManifest } from "./scenario/given.ts";
import { testCluster } from "./scenario/test-cluster.ts";

const { kubectl } = testCluster();
const namespaces = ["e2e-team-a", "e2e-team-b", "e2e-team-c"];

afterAll(async () => void (await Promise.all(namespaces.map(async (namespace) => kubectl.deleteNamespace(namespace)))));

describe("given three namespaces, when each gets a ScalableApp of the same name", () => {
  test("then all three run side by side, and deleting one leaves the others alone", async () => {
    // An image that needs nothing: the app's own health is not the point here.
    const app = (port: number): AppManifest => ({
      apiVersion: "scalableapp.dev/v1alpha1",
      kind: "ScalableApp",
      metadata: { name: "shop" },
      spec: {
        image: "localhost/scalable-app/storefront:dev",
        web: {
          port,
          command: [
            "node",
            "-e",
            `require("node:http").createServer((q, r) => r.end("ok")).listen(${port}); process.on("SIGTERM", () => process.exit(0))`,
          ],
        },
      },
    });
    await Promise.all(
      namespaces.map(async (namespace, i) => {
        await givenNamespace(kubectl, namespace);
        await applyApp(kubectl, namespace, app(8080 + i));
        await appReady(kubectl, namespace);
      }),
    );
    const before = await podsOf(kubectl, namespaces[1]!, "web");
    await kubectl.run("-n", namespaces[0]!, "delete", "scalableapp", "shop", "--timeout=120s");
    await appReady(kubectl, namespaces[1]!);
    await appReady(kubectl, namespaces[2]!);
    const after = await podsOf(kubectl, namespaces[1]!, "web");
    expect(after.map((pod) => pod.metadata.uid)).toEqual(before.map((pod) => pod.metadata.uid));
  });
});
