import { expect, test } from "vitest";
import type { Tree } from "../base/tree.ts";
import { appOf, containerOf, identityOf, podSpecOf } from "../testing/rendered.ts";
import { buildChildren } from "./children.ts";
import { buildConfigMapCopy, configMapCopies } from "./config-map-copies.ts";

const spec: Tree = {
  env: [{ name: "LEVEL", valueFrom: { configMapKeyRef: { name: "settings", key: "level" } } }],
  envFrom: [{ configMapRef: { name: "settings" } }, { configMapRef: { name: "extra", optional: true } }, { secretRef: { name: "keys" } }],
  files: [{ path: "/etc/shop", configMapRef: { name: "files" } }],
  initContainers: [{ name: "warm", image: "warm:1", envFrom: [{ configMapRef: { name: "settings" } }] }],
  sidecars: [{ name: "agent", image: "agent:1", env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "settings", key: "a" } } }] }],
};
const digests = { "configmap/settings": "one", "configmap/files": "two", "secret/keys": "three" };
const copies = configMapCopies(appOf(spec), digests, "0a1b2c3d4e");

test("every ConfigMap that exists is copied once, no Secret ever is", () => {
  expect(copies).toEqual([
    { source: "files", name: "shop-0a1b2c3d4e-files", digest: "two" },
    { source: "settings", name: "shop-0a1b2c3d4e-settings", digest: "one" },
  ]);
});

test("pods refer to the copies, and to an optional ConfigMap that does not exist by its own name", () => {
  const { app, context } = identityOf(spec, { digests, copies });
  for (const { object } of buildChildren(app, context).filter(({ podBearing }) => podBearing)) {
    expect(containerOf(object)).toMatchObject({
      envFrom: [
        { configMapRef: { name: "shop-0a1b2c3d4e-settings" } },
        { configMapRef: { name: "extra", optional: true } },
        { secretRef: { name: "keys" } },
      ],
      env: expect.arrayContaining([
        { name: "LEVEL", valueFrom: { configMapKeyRef: { name: "shop-0a1b2c3d4e-settings", key: "level" } } },
      ]) as unknown,
    });
    expect(containerOf(object, "warm")).toMatchObject({ envFrom: [{ configMapRef: { name: "shop-0a1b2c3d4e-settings" } }] });
    expect(containerOf(object, "agent")["env"]).toContainEqual({
      name: "A",
      valueFrom: { configMapKeyRef: { name: "shop-0a1b2c3d4e-settings", key: "a" } },
    });
    expect(podSpecOf(object)["volumes"]).toContainEqual({ name: "files-0", configMap: { name: "shop-0a1b2c3d4e-files" } });
  }
});

test("a component's own variables refer to the copies too", () => {
  const own = { envFrom: [{ configMapRef: { name: "settings" } }] };
  const workers = [{ name: "mail", command: ["work"], ...own }];
  const schedules = [{ name: "report", cron: "0 3 * * *", command: ["report"], ...own }];
  const { app, context } = identityOf({ web: own, workers, schedules, migration: { command: ["migrate"], ...own } }, { digests, copies });
  const withPods = buildChildren(app, context).filter(({ object }) => /^(?:Deployment|CronJob|Job)$/u.test(object.kind));
  expect(withPods).toHaveLength(4);
  for (const { object } of withPods) {
    expect(containerOf(object)["envFrom"]).toEqual([{ configMapRef: { name: "shop-0a1b2c3d4e-settings" } }]);
  }
});

test("without copies, as on a command line without a cluster, names stay as they are", () => {
  const { app, context } = identityOf(spec);
  expect(JSON.stringify(buildChildren(app, context))).not.toContain("shop-0a1b2c3d4e-");
});

test("a copy can never change, and carries its release and the digest of its content", () => {
  const [copy] = copies;
  if (!copy) throw new Error("no copy");
  expect(buildConfigMapCopy(identityOf(spec), copy, { data: { a: "b" }, binaryData: { c: "ZA==" } })).toEqual({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: expect.objectContaining({
      name: "shop-0a1b2c3d4e-files",
      labels: expect.objectContaining({ "scalableapp.dev/release": "0a1b2c3d4e", "scalableapp.dev/app": "shop" }) as unknown,
      annotations: { "scalableapp.dev/config-digest": "two" },
    }) as unknown,
    immutable: true,
    data: { a: "b" },
    binaryData: { c: "ZA==" },
  });
});
