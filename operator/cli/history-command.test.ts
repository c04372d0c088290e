import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { KubeObject } from "../base/object.ts";
import { appObject, at, quarantined } from "../testing/cli-apps.ts";
import { startCliCluster } from "../testing/cli-cluster.ts";
import type { CliCluster } from "../testing/cli-cluster.ts";
import { expectGolden } from "../testing/golden.ts";

let cluster: CliCluster;
beforeEach(async () => {
  cluster = await startCliCluster();
}, 60_000);
afterEach(() => cluster.server.close());

describe("history", () => {
  const revision = (number: number, release: string, image: string): KubeObject => ({
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: { name: `shop-${release}`, namespace: "retail", creationTimestamp: at(`0${number}:00:00`) },
    revision: number,
    data: {
      release,
      children: [
        {
          role: "web/deployment",
          wave: 2,
          podBearing: true,
          object: {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name: "shop-web", labels: {} },
            spec: { template: { spec: { containers: [{ name: "app", image }] } } },
          },
        },
      ],
    },
  });
  beforeEach(() => {
    cluster.apps = [appObject(quarantined)];
    cluster.revisions = [
      revision(3, "91be0a1b2c", "shop:1.4"),
      revision(4, "5a0c9f8e7d", "shop:1.5"),
      revision(2, "0d0d0d0d0d", "shop:1.3"),
    ];
  });

  test("lists the stored releases, the newest first", async () => {
    cluster.revisions.push({ apiVersion: "apps/v1", kind: "ControllerRevision", metadata: { name: "broken" }, data: {} });
    expectGolden(new URL("testdata/history.txt", import.meta.url), (await cluster.run("history", "shop")).out);
    expect(cluster.server.requests.at(-1)?.url.searchParams.get("labelSelector")).toBe("scalableapp.dev/app=shop");
  });

  test("-o json", async () => {
    const entries: unknown = JSON.parse((await cluster.run("history", "shop", "-o", "json")).out);
    expect(entries).toMatchObject([
      { number: 4, release: "5a0c9f8e7d", roles: ["quarantined"], quarantined: { at: at("11:57:55") } },
      { number: 3, release: "91be0a1b2c", roles: ["stable"], image: "shop:1.4", storedAt: at("03:00:00") },
      { number: 2, roles: ["previous"] },
    ]);
  });

  test("says where nothing is stored", async () => {
    cluster.revisions = [];
    expect((await cluster.run("history", "shop")).out).toBe("shop: no release is stored yet\n");
  });

  test("a rollback takes the number of a release", async () => {
    cluster.answering("done");
    expect(await cluster.run("rollback", "shop", "--to", "2", "--id", "a")).toMatchObject({ status: 0, error: "" });
    expect(cluster.patches()).toEqual([[expect.anything(), { metadata: { annotations: { "scalableapp.dev/rollback": "a:0d0d0d0d0d" } } }]]);
  });

  test("a number that is not stored is reported with those that are, and nothing is asked", async () => {
    const { status: exit, error } = await cluster.run("rollback", "shop", "--to", "9");
    expect({ exit, error }).toEqual({
      exit: 1,
      error: "shop has no stored release 9: it has 4 (5a0c9f8e7d), 3 (91be0a1b2c), 2 (0d0d0d0d0d)\n",
    });
    expect(cluster.patches()).toEqual([]);
  });
});
