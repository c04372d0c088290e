import { expect, test, vi } from "vitest";
import * as resources from "../kube/resources.ts";
import {
  applyApp,
  auditEnd,
  exists,
  expectNoWriteAfter,
  kubectl,
  newNamespace,
  patience,
  people,
  quiesced,
  touch,
  withOperator,
  writesSince,
} from "../testing/live-operator.ts";

withOperator();

const zone = { key: "topology.kubernetes.io/zone", operator: "In", values: ["a", "b"] };

/** An app with a list of every sort. */
const rich = {
  image: "shop:1",
  stage: "steady",
  rollout: { bakeSeconds: 0 },
  web: { args: ["serve", "--port=8080"], autoscaling: { minReplicas: 2, maxReplicas: 4 } },
  workers: [{ name: "orders", command: ["work"], replicas: 1 }],
  schedules: [{ name: "nightly", cron: "0 3 * * *", command: ["report"] }],
  envFrom: [{ configMapRef: { name: "settings" } }],
  files: [{ path: "/etc/shop", configMapRef: { name: "settings" } }],
  scheduling: {
    spread: ["hosts", "zones"],
    nodeSelector: { "kubernetes.io/os": "linux" },
    tolerations: [{ key: "spot", operator: "Exists", effect: "NoSchedule" }],
  },
  overlays: {
    web: {
      spec: {
        template: {
          spec: {
            affinity: {
              nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [zone] }] } },
            },
            volumes: [{ name: "token", projected: { sources: [{ serviceAccountToken: { path: "token" } }] } }],
          },
        },
      },
    },
  },
};

async function givenRichApp(): Promise<string> {
  const namespace = await newNamespace();
  await people.create(resources.configMaps, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "settings", namespace },
    data: { LEVEL: "info" },
  });
  await applyApp(namespace, rich);
  await exists(resources.cronJobs, namespace, "shop-nightly");
  await quiesced();
  return namespace;
}

async function patch(namespace: string, object: string, operations: readonly object[]): Promise<void> {
  await kubectl("-n", namespace, "patch", object, "--type=json", `--patch=${JSON.stringify(operations)}`);
}

const pod = "/spec/template/spec";
const terms = `${pod}/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms`;

test("what somebody does to a list or map that is the operator's as a whole is undone, and the rest is left in peace", async () => {
  const namespace = await givenRichApp();
  const web = JSON.stringify((await exists(resources.deployments, namespace, "shop-web"))["spec"]);
  const service = JSON.stringify((await exists(resources.services, namespace, "shop-web"))["spec"]);

  const edits: readonly (readonly [string, readonly object[]])[] = [
    ["deployment/shop-web", [{ op: "add", path: `${pod}/tolerations/-`, value: { key: "gpu", operator: "Exists" } }]],
    ["deployment/shop-web", [{ op: "remove", path: `${pod}/tolerations/0` }]],
    ["deployment/shop-web", [{ op: "replace", path: `${pod}/tolerations/0/effect`, value: "NoExecute" }]],
    [
      "deployment/shop-web",
      [
        { op: "add", path: `${pod}/tolerations/0/value`, value: "" },
        { op: "remove", path: `${pod}/tolerations/0/effect` },
      ],
    ],
    ["deployment/shop-web", [{ op: "add", path: `${pod}/nodeSelector/disk`, value: "ssd" }]],
    ["deployment/shop-web", [{ op: "add", path: `${pod}/containers/0/args/-`, value: "--debug" }]],
    ["deployment/shop-web", [{ op: "add", path: `${terms}/0/matchExpressions/-`, value: { key: "disk", operator: "Exists" } }]],
    ["deployment/shop-web", [{ op: "add", path: `${terms}/-`, value: { matchExpressions: [{ key: "disk", operator: "Exists" }] } }]],
    ["deployment/shop-web", [{ op: "add", path: `${terms}/0/matchExpressions/0/values/-`, value: "c" }]],
    ["deployment/shop-web", [{ op: "add", path: `${pod}/topologySpreadConstraints/0/labelSelector/matchLabels/tier`, value: "x" }]],
    ["deployment/shop-web", [{ op: "add", path: `${pod}/containers/0/envFrom/-`, value: { secretRef: { name: "x", optional: true } } }]],
    ["service/shop-web", [{ op: "add", path: "/spec/selector/tier", value: "x" }]],
  ];
  for (const [object, operations] of edits) {
    await patch(namespace, object, operations);
    await vi.waitFor(async () => {
      expect(JSON.stringify((await exists(resources.deployments, namespace, "shop-web"))["spec"]), JSON.stringify(operations)).toBe(web);
      expect(JSON.stringify((await exists(resources.services, namespace, "shop-web"))["spec"]), JSON.stringify(operations)).toBe(service);
    }, patience);
  }
  await expectNoWriteAfter(() => touch(namespace));
}, 60_000);

test("what somebody adds to a list with keys stays, and costs no write", async () => {
  const namespace = await givenRichApp();
  const injected = {
    spec: {
      template: {
        spec: {
          initContainers: [{ name: "proxy-init", image: "proxy:1" }],
          containers: [
            { name: "proxy", image: "proxy:1" },
            {
              name: "app",
              env: [{ name: "INJECTED", value: "yes" }],
              ports: [{ containerPort: 9999 }],
              volumeMounts: [{ name: "injected", mountPath: "/injected" }],
            },
          ],
          volumes: [{ name: "injected", emptyDir: {} }],
          imagePullSecrets: [{ name: "injected" }],
        },
      },
    },
  };
  const mark = await auditEnd();
  await kubectl("-n", namespace, "patch", "deployment", "shop-web", "--type=strategic", `--patch=${JSON.stringify(injected)}`);
  // A change by the operator's own hand must not take it away either.
  await kubectl("-n", namespace, "label", "deployment", "shop-web", "app.kubernetes.io/managed-by-");
  await vi.waitFor(async () => {
    const { labels } = (await exists(resources.deployments, namespace, "shop-web")).metadata;
    expect(labels).toMatchObject({ "app.kubernetes.io/managed-by": "scalable-app" });
  }, patience);
  const writes = (await writesSince(mark)).filter((write) => write.includes("deployments"));
  // Without the label it looks as if it were gone: a create that is refused, the replica count that changes hands, and the label.
  expect(writes).toEqual(Array.from({ length: 3 }, () => "patch deployments shop-web"));
  const live = JSON.stringify((await exists(resources.deployments, namespace, "shop-web"))["spec"]);
  for (const part of ["proxy-init", '"proxy"', "INJECTED", "9999", "/injected"]) expect(live).toContain(part);
});
