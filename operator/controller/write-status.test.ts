import { describe, expect, test } from "vitest";
import { scalableApps } from "../api/kind.ts";
import * as resources from "../kube/resources.ts";
import { createWorld } from "../testing/reconciler-world.ts";

const small = { image: "shop:1" };

describe("the status", () => {
  const conflict = "the app changed before its status could be written";

  test("an operator whose watch of apps is silent writes no older step over a newer one, and does nothing more before it sees again", async () => {
    const late = createWorld();
    late.apply(small);
    const leader = createWorld(late.client);
    await leader.catchUp();
    await leader.reconcile();
    const stands = await leader.status();
    const before = late.client.writes().length;

    expect(await late.once()).toMatchObject({ kind: "requeue", why: conflict });
    expect(late.client.writes().slice(before)).toEqual(["applyStatus ScalableApp shop by scalable-app"]);
    expect(await late.status()).toEqual(stands);
    expect(late.events).toEqual([]);
    expect(await late.once()).toMatchObject({ kind: "requeue", why: "the caches have not seen our last writes yet" });
    await late.clock.advance(31_000);
    expect(await late.once()).toMatchObject({ kind: "requeue", why: "the cache of scalableapps lags behind" });
    expect(late.client.writes()).toHaveLength(before + 1);

    await late.catchUp();
    expect(await late.reconcile()).toMatchObject({ why: "progress is written down" });
  });

  test.each([
    ["an annotation", { metadata: { annotations: { touched: "yes" } } }, "shop:1"],
    ["the spec", { spec: { image: "shop:2" }, metadata: { generation: 2 } }, "shop:2"],
  ])("a user who changes %s meanwhile costs a second look, and nothing of it is lost", async (_what, change, image) => {
    const world = createWorld();
    world.apply(small);
    const app = await world.client.get(scalableApps, "retail", "shop");
    world.client.put({ ...app!, ...change, metadata: { ...app!.metadata, ...change.metadata } });
    expect(await world.once()).toMatchObject({ kind: "requeue", why: conflict });
    await world.catchUp();
    expect(await world.reconcile()).toEqual({ kind: "done" });
    const deployment = await world.client.get(resources.deployments, "retail", "shop-web");
    expect(JSON.stringify(deployment)).toContain(`"image":"${image}"`);
  });

  test("of an invalid app is not written over a newer one", async () => {
    const world = createWorld();
    world.apply({ image: 7 });
    const app = await world.client.get(scalableApps, "retail", "shop");
    world.client.put({ ...app!, spec: small });
    expect(await world.once()).toMatchObject({ kind: "requeue", why: conflict });
  });
});
