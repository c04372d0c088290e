import { describe, expect, test } from "vitest";
import { scalableApps } from "../api/kind.ts";
import type { KubeObject } from "../base/object.ts";
import { configMaps, deployments, httpRoutes, persistentVolumeClaims, pods, secrets } from "../kube/resources.ts";
import { createFakeInformer } from "../testing/fake-informer.ts";
import { owned, podOf } from "../testing/snapshots.ts";
import { appOf, connectTriggers, ReferenceIndex } from "./triggers.ts";

const bare = (kind: string, name: string, rest: object = {}): KubeObject => ({
  apiVersion: "v1",
  kind,
  metadata: { name, namespace: "retail", ...rest },
});

describe("the index of references", () => {
  test("reports every app that refers to an object, and follows changes", () => {
    const index = new ReferenceIndex();
    index.set("retail/shop", ["secret/retail/db", "configmap/retail/shop"]);
    index.set("retail/stock", ["secret/retail/db"]);
    expect(index.apps("secret/retail/db")).toEqual(["retail/shop", "retail/stock"]);
    index.set("retail/shop", ["configmap/retail/other"]);
    expect(index.apps("secret/retail/db")).toEqual(["retail/stock"]);
    expect(index.apps("configmap/retail/shop")).toEqual([]);
    expect(index.apps("configmap/retail/other")).toEqual(["retail/shop"]);
  });

  test("forgets an app that refers to nothing any more", () => {
    const index = new ReferenceIndex();
    index.set("retail/shop", ["secret/retail/db"]);
    index.set("retail/shop", []);
    expect(index.apps("secret/retail/db")).toEqual([]);
  });

  test("distinguishes namespaces and kinds", () => {
    const index = new ReferenceIndex();
    index.set("retail/shop", ["secret/retail/db"]);
    expect([...index.apps("secret/other/db"), ...index.apps("configmap/retail/db")]).toEqual([]);
  });
});

describe("which app an object belongs to", () => {
  test.each([
    ["a child: its controller", owned("Deployment", "shop-web"), "retail/shop"],
    [
      "a pod, whose controller is a ReplicaSet: its label",
      podOf(
        "web-1",
        "web",
        {},
        { ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "rs", uid: "u", controller: true }] },
      ),
      "retail/shop",
    ],
    ["an object of nobody", bare("Service", "other"), undefined],
  ])("%s", (_story, object, expected) => {
    expect(appOf(object)).toBe(expected);
  });
});

describe("events become keys", () => {
  function connected() {
    const informers = {
      apps: createFakeInformer(scalableApps),
      children: [createFakeInformer(deployments)],
      httpRoutes: createFakeInformer(httpRoutes),
      pods: createFakeInformer(pods),
      claims: createFakeInformer(persistentVolumeClaims),
      configMaps: createFakeInformer(configMaps),
      secrets: createFakeInformer(secrets),
      all: [],
    };
    const references = new ReferenceIndex();
    const keys: string[] = [];
    const seen: string[] = [];
    connectTriggers(informers, {
      references,
      reader: {
        see: (key, generation) => seen.push(`${key} ${generation}`),
        forget: (key) => seen.push(`${key} is gone`),
      },
      enqueue: (key, priority) => {
        keys.push(priority === "low" ? `${key} (low)` : key);
        if (seen.length > 0) seen.push("enqueued");
      },
    });
    return { informers, references, keys, seen };
  }

  test("of the app itself, and low of its children and of its pods", () => {
    const { informers, keys } = connected();
    informers.apps.emit({ type: "added", object: bare("ScalableApp", "shop") });
    informers.children[0]?.emit({ type: "deleted", object: owned("Deployment", "shop-web") });
    informers.pods.emit({ type: "added", object: podOf("web-1", "web") });
    expect(keys).toEqual(["retail/shop", "retail/shop (low)", "retail/shop (low)"]);
  });

  test.each([
    ["its status", { uid: "u", generation: 1, resourceVersion: "2" }, "low"],
    ["its spec", { uid: "u", generation: 2 }, "high"],
    ["a request by annotation", { uid: "u", generation: 1, annotations: { "scalableapp.dev/promote": "1" } }, "high"],
    ["a label", { uid: "u", generation: 1, labels: { team: "shop" } }, "high"],
    ["that it is another app of the same name", { uid: "v", generation: 1 }, "high"],
    ["that it is being deleted", { uid: "u", generation: 1, deletionTimestamp: "2026-11-21T00:00:00Z" }, "high"],
  ])("of a change of an app: %s", (_what, metadata, priority) => {
    const { informers, keys } = connected();
    const old = bare("ScalableApp", "shop", { uid: "u", generation: 1, resourceVersion: "1" });
    informers.apps.emit({ type: "updated", object: bare("ScalableApp", "shop", metadata), old });
    expect(keys).toEqual([priority === "low" ? "retail/shop (low)" : "retail/shop"]);
  });

  test("of a generation of an app: the reader of references sees it before the key is enqueued", () => {
    const { informers, seen } = connected();
    informers.apps.emit({ type: "added", object: bare("ScalableApp", "shop", { generation: 1 }) });
    informers.apps.emit({ type: "updated", object: bare("ScalableApp", "shop", { generation: 2 }) });
    informers.apps.emit({ type: "deleted", object: bare("ScalableApp", "shop", { generation: 2 }) });
    expect(seen).toEqual(["retail/shop 1", "enqueued", "retail/shop 2", "enqueued", "retail/shop is gone", "enqueued"]);
  });

  test("of a child that changed hands: both apps, once each", () => {
    const { informers, keys } = connected();
    const labelled = (app: string) => bare("Deployment", "web", { labels: { "scalableapp.dev/app": app } });
    informers.children[0]?.emit({ type: "updated", object: labelled("new"), old: labelled("old") });
    informers.children[0]?.emit({ type: "updated", object: labelled("new"), old: labelled("new") });
    expect(keys).toEqual(["retail/new (low)", "retail/old (low)", "retail/new (low)"]);
  });

  test("of the Gateway API that is installed at last: the apps that wait for it", () => {
    const { informers, keys } = connected();
    const routed = { spec: { routing: { gateway: { name: "public" } } } };
    informers.apps.hold({ ...bare("ScalableApp", "shop"), ...routed }, bare("ScalableApp", "other"));
    informers.httpRoutes.serve(true);
    expect(keys).toEqual(["retail/shop"]);
  });

  test("of ConfigMaps and Secrets that somebody refers to, and of no others", () => {
    const { informers, references, keys } = connected();
    references.set("retail/shop", ["configmap/retail/settings", "secret/retail/db"]);
    informers.configMaps.emit({ type: "updated", object: bare("ConfigMap", "settings") });
    informers.configMaps.emit({ type: "updated", object: bare("ConfigMap", "db") });
    informers.secrets.emit({ type: "deleted", object: bare("Secret", "db") });
    expect(keys).toEqual(["retail/shop", "retail/shop"]);
  });
});
