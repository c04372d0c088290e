import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { REQUEST_ACTIONS, requestAnnotation, type RequestAction } from "../../operator/api/requests.ts";
import { endOfAuditLog } from "../cluster/index.ts";
import { eventually, must } from "../scenario/kubectl.ts";
import { appIn, appOf, givenSecrets, shippedApplications, syncsOf, untilApplication, untilCompared } from "./given.ts";
import { startWorld, type World } from "./world.ts";
import { writesOfArgoCd } from "./writes.ts";

const gates = { strategy: "canary", canary: { steps: [{ weight: 20 }, { weight: 50 }], analysis: { enabled: false } } };

let world: World;
let second: string;

beforeAll(async () => {
  world = await startWorld();
  await givenSecrets(world, "retail", { "shop-db": "url" });
  const first = await world.git.commit("the first release", { "deploy/app.yaml": appOf("1", gates) });
  const [manifest] = await shippedApplications("application.yaml");
  manifest.spec.source.repoURL = world.git.url;
  await world.kubectl.apply(JSON.stringify(manifest));
  await untilApplication(world, "shop", "Synced Healthy", first);
  second = await world.git.commit("the second release", { "deploy/app.yaml": appOf("2", gates) });
});

afterAll(async () => world?.stop());

describe("given an app that Argo CD syncs, prunes and heals by itself, with a canary at its first gate", () => {
  /** Every action once: what becomes of it, and the health that Argo CD sees then. */
  const requests: readonly (readonly [RequestAction, "done" | "refused", string])[] = [
    ["pause", "done", "Suspended"],
    ["resume", "done", "Suspended"],
    ["skip-step", "done", "Suspended"],
    ["abort", "done", "Degraded"],
    ["retry", "done", "Suspended"],
    ["promote", "done", "Suspended"],
    ["promote-full", "done", "Healthy"],
    ["rollback", "done", "Degraded"],
    ["override-freeze", "refused", "Degraded"],
    ["override-contract", "refused", "Degraded"],
  ];

  test("when a person asks for every action in turn, then each is answered, and Argo CD reverts nothing", async () => {
    await untilApplication(world, "shop", "Synced Suspended", second);
    const syncs = await syncsOf(world, "shop");
    const since = await endOfAuditLog(world.plane.auditLog);
    const before = await world.argoCd.counters();
    for (const [action, outcome, health] of requests) {
      await patchApp({ metadata: { annotations: Object.fromEntries([annotationOf(action)]) } });
      await untilAnswered(action, outcome);
      await untilApplication(world, "shop", `Synced ${health}`, second);
      await untilCompared(world, 3);
    }
    const { comparisons, syncs: synced } = await world.argoCd.counters();
    console.log(`${requests.length} requests, ${comparisons - before.comparisons} comparisons, ${synced - before.syncs} syncs`);
    expect(synced - before.syncs).toBe(0);
    expect(await syncsOf(world, "shop")).toEqual(syncs);
    expect(await writesOfArgoCd(world.plane.auditLog, since)).toEqual([]);
    expect(requests.map(([action]) => action).toSorted()).toEqual([...REQUEST_ACTIONS].toSorted());
  });

  async function untilAnswered(action: RequestAction, outcome: string): Promise<void> {
    await eventually(`${action} is ${outcome}`, async () => {
      const { status } = await appIn(world, "retail");
      const answers = (status.requests ?? []) as { readonly action: string; readonly id: string; readonly outcome: string }[];
      const answer = answers.find((each) => each.action === action && each.id === `argo-cd-${action}`);
      must(answer?.outcome === outcome, JSON.stringify(answers));
    });
  }

  test("but when a person edits the spec, then Argo CD reverts that, and no annotation with it", async () => {
    const since = await endOfAuditLog(world.plane.auditLog);
    await patchApp({ spec: { image: "ghcr.io/acme/shop:by-hand" } });
    await eventually("the spec is that of Git again", async () => {
      const { spec } = await appIn(world, "retail");
      must(spec.image === "ghcr.io/acme/shop:2", spec.image as string);
    });
    expect(await writesOfArgoCd(world.plane.auditLog, since)).toContain("argo-cd: patch scalableapps retail/shop");
    const { metadata } = await appIn(world, "retail");
    expect(metadata.annotations).toMatchObject(Object.fromEntries(requests.map(([action]) => annotationOf(action))));
  });
});

/** What Argo CD's action writes; tools/gitops.integration.ts runs the Lua itself. */
function annotationOf(action: RequestAction): readonly [string, string] {
  return [requestAnnotation(action), `argo-cd-${action}`];
}

async function patchApp(patch: object): Promise<void> {
  await world.kubectl.run("-n", "retail", "patch", "scalableapp", "shop", "--type=merge", "-p", JSON.stringify(patch));
}
