import { describe, expect, test } from "vitest";
import { scalableApps } from "../api/kind.ts";
import { createWorld } from "../testing/reconciler-world.ts";

const database = { urlFrom: { secretKeyRef: { name: "db", key: "url" } }, maxConnections: 100 };
const small = { image: "shop:1" };
const withSecret = { ...small, postgres: { ...database, pooler: { mode: "none" } } };

type World = ReturnType<typeof createWorld>;

/** Reconciles until nothing is to be done any more, while the caches follow; answers the requests that it took. */
async function costOf(world: World, change: () => void): Promise<readonly string[]> {
  change();
  const sent: string[] = [];
  for (let round = 0; round < 4; round += 1) {
    const from = world.client.requests.length;
    await world.once();
    sent.push(...world.client.requests.slice(from).map(({ verb, resource }) => `${verb} ${resource}`));
    // What the caches see costs no request: the fake fills them by reading.
    await world.catchUp();
  }
  return sent;
}

const created = ["apply ServiceAccount", "apply Service", "apply ControllerRevision", "apply Deployment"];

describe("requests, counted", () => {
  test.each<[string, object, readonly string[]]>([
    ["a create", small, ["applyStatus ScalableApp", ...created]],
    ["a create that needs a Secret: it is looked at once", withSecret, ["get Secret", "applyStatus ScalableApp", ...created]],
  ])("%s", async (_what, spec, expected) => {
    const world = createWorld();
    world.client.put({ apiVersion: "v1", kind: "Secret", metadata: { name: "db", namespace: "retail" } });
    expect(await costOf(world, () => world.apply(spec))).toEqual(expected);
  });

  test("a new label on the app: none", async () => {
    const world = createWorld();
    await costOf(world, () => world.apply(small));
    const status = await world.status();
    const labelled = { ...(await world.client.get(scalableApps, "retail", "shop"))!, status };
    const cost = await costOf(world, () => world.hold({ ...labelled, metadata: { ...labelled.metadata, labels: { team: "a" } } }));
    expect(cost).toEqual([]);
  });
});
