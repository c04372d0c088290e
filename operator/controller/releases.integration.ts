import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { KubeObject } from "../base/object.ts";
import * as resources from "../kube/resources.ts";
import {
  applyApp,
  becomesStable,
  condition,
  connect,
  exists,
  gone,
  minimal,
  newNamespace,
  patience,
  people,
  releaseOf,
  secret,
  startOperator,
  type Operator,
} from "../testing/live-operator.ts";

let operator: Operator;

beforeAll(async () => {
  connect();
  operator = await startOperator();
});

afterAll(async () => {
  await operator.stop();
  await people.close();
});

describe("releases", () => {
  const config = (namespace: string, level: string) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "settings", namespace },
    data: { LEVEL: level },
  });
  const configured = { image: "shop:1", rollout: { bakeSeconds: 0 }, envFrom: [{ configMapRef: { name: "settings" } }] };
  const isCopy = ({ metadata }: KubeObject) => metadata.name.endsWith("-settings");

  test("each is stored, with copies of its ConfigMaps that its pods read", async () => {
    const namespace = await newNamespace();
    await people.apply(resources.configMaps, config(namespace, "info"), { fieldManager: "test" });
    await applyApp(namespace, configured);
    const first = await becomesStable(namespace);
    await people.apply(resources.configMaps, config(namespace, "debug"), { fieldManager: "test" });
    await vi.waitFor(async () => expect(await releaseOf(namespace)).not.toBe(first), patience);
    const second = await becomesStable(namespace);

    const { items: stored } = await people.list(resources.controllerRevisions, { namespace, labelSelector: "scalableapp.dev/app=shop" });
    expect(stored.map(({ metadata }) => metadata.name).toSorted()).toEqual([`shop-${first}`, `shop-${second}`].toSorted());
    expect(new Set(stored.map((object) => object["revision"]))).toEqual(new Set([1, 2]));
    const { items: copies } = await people.list(resources.configMaps, { namespace });
    const found = copies
      .filter(isCopy)
      .map((object) => ({ name: object.metadata.name, immutable: object["immutable"], data: object["data"] }));
    expect(found.toSorted((one, other) => (one.name === `shop-${first}-settings` ? -1 : other.name === one.name ? 0 : 1))).toEqual([
      { name: `shop-${first}-settings`, immutable: true, data: { LEVEL: "info" } },
      { name: `shop-${second}-settings`, immutable: true, data: { LEVEL: "debug" } },
    ]);
    const web = await exists(resources.deployments, namespace, "shop-web");
    expect(web).toMatchObject({
      spec: { template: { spec: { containers: [{ envFrom: [{ configMapRef: { name: `shop-${second}-settings` } }] }] } } },
    });
  });

  test("one that is returned to gets the newest number", async () => {
    const namespace = await newNamespace();
    await applyApp(namespace, { image: "shop:1", rollout: { bakeSeconds: 0 } });
    const first = await becomesStable(namespace);
    await applyApp(namespace, { image: "shop:2", rollout: { bakeSeconds: 0 } });
    await vi.waitFor(async () => expect(await releaseOf(namespace)).not.toBe(first), patience);
    await becomesStable(namespace);
    const before = await exists(resources.controllerRevisions, namespace, `shop-${first}`);
    await applyApp(namespace, { image: "shop:1", rollout: { bakeSeconds: 0 } });
    await vi.waitFor(async () => {
      const after = await exists(resources.controllerRevisions, namespace, `shop-${first}`);
      expect([before["revision"], after["revision"]]).toEqual([1, 3]);
      expect(after["data"]).toEqual(before["data"]);
      expect(after.metadata.labels).toEqual(before.metadata.labels);
    }, patience);
  });

  test("an operator that renders pods otherwise leaves them as they are, and says so", async () => {
    const namespace = await newNamespace();
    await secret(namespace, "shop-db");
    await applyApp(namespace, { ...minimal, redis: { cache: { enabled: false } }, rollout: { bakeSeconds: 0 } });
    const release = await becomesStable(namespace);
    await vi.waitFor(async () => expect(await condition(namespace, "UpToDate")).toMatchObject({ status: "True" }), patience);
    const before = await exists(resources.deployments, namespace, "shop-web");
    await operator.stop();
    const images = { pgbouncer: "example.com/pgbouncer:next", redis: "example.com/redis:next", postgres: "example.com/postgres:next" };
    const newer = await startOperator("newer-operator", images);
    try {
      await vi.waitFor(
        async () => expect(await condition(namespace, "UpToDate")).toMatchObject({ status: "False", reason: "RenderingPending" }),
        patience,
      );
      const after = await exists(resources.deployments, namespace, "shop-web");
      expect(after["spec"]).toEqual(before["spec"]);
      expect(after.metadata["generation"]).toBe(before.metadata["generation"]);
      expect(await releaseOf(namespace)).toBe(release);
    } finally {
      await newer.stop();
      operator = await startOperator();
    }
  });

  test("those beyond the history are deleted with all that was theirs", async () => {
    const namespace = await newNamespace();
    await people.apply(resources.configMaps, config(namespace, "info"), { fieldManager: "test" });
    const releases: string[] = [];
    for (const image of ["shop:1", "shop:2", "shop:3"]) {
      await applyApp(namespace, { ...configured, image, rollout: { bakeSeconds: 0, revisionHistory: 1 } });
      await vi.waitFor(async () => expect(releases).not.toContain(await releaseOf(namespace)), patience);
      releases.push(await becomesStable(namespace));
    }
    const [oldest = "", ...kept] = releases;
    await gone(resources.controllerRevisions, namespace, `shop-${oldest}`);
    await gone(resources.configMaps, namespace, `shop-${oldest}-settings`);
    for (const release of kept) await exists(resources.controllerRevisions, namespace, `shop-${release}`);
  });
});
