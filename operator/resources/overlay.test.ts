import { describe, expect, test } from "vitest";
import type { Tree } from "../base/tree.ts";
import { withoutEmpty } from "./manifest.ts";
import { applyOverlay } from "./overlay.ts";
import { childOf, containerOf, environmentOf, podSpecOf, treeAt } from "../testing/rendered.ts";

function webWith(overlay: Tree) {
  return childOf({ overlays: { web: overlay } }, "web/deployment").object;
}

function podWith(podSpec: Tree) {
  return webWith({ spec: { template: { spec: podSpec } } });
}

describe("an overlay", () => {
  test("sets a field that the API does not have", () => {
    const pod = podSpecOf(podWith({ dnsPolicy: "None", dnsConfig: { nameservers: ["192.0.2.1"] } }));
    expect(pod).toMatchObject({ dnsPolicy: "None", dnsConfig: { nameservers: ["192.0.2.1"] } });
  });

  test("merges containers by name and keeps the rest of them", () => {
    const object = podWith({
      containers: [
        { name: "app", tty: true },
        { name: "extra", image: "extra:1" },
      ],
    });
    expect(containerOf(object)).toMatchObject({ image: "ghcr.io/acme/shop:1", tty: true });
    expect(containerOf(object, "extra")).toEqual({ name: "extra", image: "extra:1" });
  });

  test("merges variables by name", () => {
    const object = podWith({
      containers: [
        {
          name: "app",
          env: [
            { name: "PORT", value: "1" },
            { name: "NEW", value: "2" },
          ],
        },
      ],
    });
    expect(environmentOf(containerOf(object))).toMatchObject({ PORT: "1", NEW: "2", SCALABLEAPP_NAME: "shop" });
  });

  test("merges mounts by path", () => {
    const object = podWith({ containers: [{ name: "app", volumeMounts: [{ mountPath: "/tmp", subPath: "x" }] }] });
    expect(containerOf(object)["volumeMounts"]).toEqual([{ name: "scratch-0", mountPath: "/tmp", subPath: "x" }]);
  });

  test("adds mounts of one volume, of a files entry and of a scratch directory, and keeps those that are there", () => {
    const spec = { files: [{ path: "/etc/portal", configMapRef: { name: "portal-files" } }], scratch: ["/tmp"] };
    const volumeMounts = [
      { name: "uploads", mountPath: "/app/public/uploads", subPath: "uploads" },
      { name: "uploads", mountPath: "/app/public/avatars", subPath: "avatars" },
      { name: "files-0", mountPath: "/app/config/portal.yml", subPath: "portal.yml", readOnly: true },
      { name: "scratch-0", mountPath: "/app/tmp/cache", subPath: "cache" },
    ];
    const pod = { volumes: [{ name: "uploads", emptyDir: {} }], containers: [{ name: "app", volumeMounts }] };
    const { object } = childOf({ ...spec, overlays: { web: { spec: { template: { spec: pod } } } } }, "web/deployment");
    const mounts = containerOf(object)["volumeMounts"] as readonly { mountPath: string }[];
    expect(mounts.map(({ mountPath }) => mountPath)).toEqual([
      "/etc/portal",
      "/tmp",
      "/app/public/uploads",
      "/app/public/avatars",
      "/app/config/portal.yml",
      "/app/tmp/cache",
    ]);
  });

  test.each([
    ["without a word about ours", {}],
    ["where null removes ours", { httpGet: null }],
    ["where it replaces ours whole", { $patch: "replace" }],
  ])("gives a probe another handler, %s: ours does not stay beside it", (_how, words) => {
    const probe = { ...words, tcpSocket: { port: "http" } };
    const { livenessProbe } = containerOf(podWith({ containers: [{ name: "app", livenessProbe: probe }] }));
    expect(livenessProbe).toMatchObject({ tcpSocket: { port: "http" } });
    expect(livenessProbe).not.toHaveProperty("httpGet");
    expect(livenessProbe).not.toHaveProperty("$patch");
  });

  test("gives a variable and a volume another source: ours does not stay beside it", () => {
    const object = podWith({
      volumes: [{ name: "scratch-0", persistentVolumeClaim: { claimName: "cache" } }],
      containers: [{ name: "app", env: [{ name: "PORT", valueFrom: { fieldRef: { fieldPath: "metadata.uid" } } }] }],
    });
    expect(podSpecOf(object)["volumes"]).toEqual([{ name: "scratch-0", persistentVolumeClaim: { claimName: "cache" } }]);
    const variables = containerOf(object)["env"] as readonly { name: string }[];
    expect(variables.find(({ name }) => name === "PORT")).toEqual({
      name: "PORT",
      valueFrom: { fieldRef: { fieldPath: "metadata.uid" } },
    });
  });

  test("replaces lists of plain values", () => {
    const object = podWith({ containers: [{ name: "app", command: ["other"] }] });
    expect(containerOf(object)["command"]).toEqual(["other"]);
  });

  test("removes a field by null", () => {
    expect(podSpecOf(podWith({ enableServiceLinks: null }))).not.toHaveProperty("enableServiceLinks");
  });

  test("adds labels and annotations to the workload and to its pods", () => {
    const object = webWith({
      metadata: { labels: { a: "b" }, annotations: { c: "d" } },
      spec: { template: { metadata: { labels: { e: "f" } } } },
    });
    expect(object.metadata).toMatchObject({ labels: { a: "b", "scalableapp.dev/app": "shop" }, annotations: { c: "d" } });
    expect(treeAt(object, "spec", "template", "metadata", "labels")).toMatchObject({ e: "f", "scalableapp.dev/track": "stable" });
  });

  test("reaches the pods of a schedule", () => {
    const schedules = [{ name: "report", cron: "0 3 * * *", command: ["node", "report.js"] }];
    const overlay = {
      spec: {
        jobTemplate: { spec: { template: { spec: { hostname: "reporter" }, metadata: { labels: { "scalableapp.dev/app": "no" } } } } },
      },
    };
    const { object } = childOf({ schedules, overlays: { "schedule-report": overlay } }, "schedule-report/cron-job");
    expect(podSpecOf(object)).toMatchObject({ hostname: "reporter" });
    expect(treeAt(object, "spec", "jobTemplate", "spec", "template", "metadata", "labels")).toMatchObject({
      "scalableapp.dev/app": "shop",
    });
  });

  test.each<[string, Tree, Tree]>([
    ["web/service", {}, { type: "LoadBalancer" }],
    ["web/horizontal-pod-autoscaler", { stage: "growth" }, { maxReplicas: 9 }],
    ["web/pod-disruption-budget", { stage: "growth" }, { unhealthyPodEvictionPolicy: "IfHealthyBudget" }],
    ["redis-cache/service", { stage: "growth" }, { sessionAffinity: "ClientIP" }],
    ["worker-api/service", { workers: [{ name: "api", command: ["work"], port: 4000 }] }, { type: "LoadBalancer" }],
  ])("reaches %s by that name", (role, spec, patch) => {
    const { object } = childOf({ ...spec, overlays: { [role]: { metadata: { annotations: { a: "b" } }, spec: patch } } }, role);
    expect(object).toMatchObject({ metadata: { annotations: { a: "b" } }, spec: patch });
  });

  test("merges the ports of a Service by their number", () => {
    const extra = { name: "metrics", port: 9100, targetPort: 9100 };
    const overlays = { "web/service": { spec: { ports: [{ port: 80, nodePort: 30_080 }, extra] } } };
    expect(childOf({ overlays }, "web/service").object).toMatchObject({
      spec: { ports: [{ name: "http", port: 80, nodePort: 30_080, targetPort: "http" }, extra] },
    });
    const nameless = { "web/service": { spec: { ports: [{ name: "http", nodePort: 30_080 }] } } };
    expect(() => childOf({ overlays: nameless }, "web/service")).toThrow("spec.overlays.web/service.spec.ports[0].port is required");
  });

  test("gives a disruption budget the other of its two bounds", () => {
    const overlays = { "web/pod-disruption-budget": { spec: { minAvailable: 1 } } };
    const { spec } = childOf({ stage: "growth", overlays }, "web/pod-disruption-budget").object;
    expect(spec).toHaveProperty("minAvailable", 1);
    expect(spec).not.toHaveProperty("maxUnavailable");
  });

  test("reaches the ServiceAccount, which has no spec", () => {
    const overlays = { "service-account": { metadata: { annotations: { role: "shop" } } } };
    expect(childOf({ overlays }, "service-account").object.metadata).toMatchObject({ annotations: { role: "shop" } });
  });

  test("never makes an autoscaler scale something else", () => {
    const overlays = { "web/horizontal-pod-autoscaler": { spec: { scaleTargetRef: { name: "other" } } } };
    expect(() => childOf({ stage: "growth", overlays }, "web/horizontal-pod-autoscaler")).toThrow("belongs to the operator");
    const { object } = childOf({ stage: "growth" }, "web/horizontal-pod-autoscaler");
    expect(applyOverlay(object, overlays)).toMatchObject({ spec: { scaleTargetRef: { kind: "Deployment", name: "shop-web" } } });
  });

  test("does not reach other components, nor the objects beside the workload", () => {
    const plain = childOf({}, "web/service").object;
    expect(childOf({ overlays: { web: { spec: { type: "LoadBalancer" } } } }, "web/service").object).toEqual(plain);
    const redis = { stage: "growth" };
    const overlays = { web: { spec: { template: { spec: { dnsPolicy: "None" } } } } };
    expect(childOf({ ...redis, overlays }, "redis-cache/deployment").object).toEqual(childOf(redis, "redis-cache/deployment").object);
  });
});

describe("an overlay never loses the object, even if the API let it through:", () => {
  const plain = childOf({ scratch: [] }, "web/deployment").object;

  test.each<[string, Tree]>([
    ["version and kind", { apiVersion: "v1", kind: "Pod" }],
    ["name", { metadata: { name: "other" } }],
    ["namespace", { metadata: { namespace: "other" } }],
    ["owners", { metadata: { ownerReferences: [] } }],
    ["owners, removed", { metadata: { ownerReferences: null } }],
    ["the operator's labels", { metadata: { labels: { "scalableapp.dev/app": "other" } } }],
    ["the operator's labels, removed", { metadata: { labels: null } }],
    ["all metadata", { metadata: null }],
    ["the selector", { spec: { selector: { matchLabels: { a: "b" } } } }],
    ["the selector, removed", { spec: { selector: null } }],
    ["the whole spec", { spec: null }],
    ["the template", { spec: { template: null } }],
    ["the labels of pods", { spec: { template: { metadata: { labels: { "scalableapp.dev/track": "other" } } } } }],
    ["the labels of pods, removed", { spec: { template: { metadata: null } } }],
    ["replicas, which the autoscaler owns", { spec: { replicas: 7 } }],
    ["a status", { status: { replicas: 1 } }],
  ])("%s", (_, overlay) => {
    expect(withoutEmpty(applyOverlay(plain, { web: overlay }))).toEqual(plain);
  });

  test("the volume of a queue", () => {
    const queue = childOf({ stage: "steady" }, "redis-queue/stateful-set").object;
    const overlay = { spec: { volumeClaimTemplates: [], serviceName: "x", replicas: 3 } };
    expect(applyOverlay(queue, { "redis-queue": overlay })).toEqual({ ...queue, metadata: { ...queue.metadata, annotations: {} } });
  });
});
