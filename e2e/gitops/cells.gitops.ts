import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { endOfAuditLog } from "../cluster/index.ts";
import { eventually, must } from "../scenario/kubectl.ts";
import {
  appIn,
  applicationNamed,
  appOf,
  givenSecrets,
  shippedApplications,
  stateOf,
  syncsOf,
  untilApplication,
  untilCompared,
  untilOperatorRests,
} from "./given.ts";
import { startWorld, type World } from "./world.ts";
import { writesOfArgoCd, writesOfOperator } from "./writes.ts";

const cells = ["one", "two", "three"];
const all = ["shop-one", "shop-two", "shop-three"];

let world: World;
let first: Release;

beforeAll(async () => {
  world = await startWorld();
  for (const cell of cells) await givenSecrets(world, cell, { "shop-db": "url" });
  first = await release("1");
  const [parent] = await shippedApplications("cells.yaml");
  parent.spec.source.repoURL = world.git.url;
  await world.kubectl.apply(JSON.stringify(parent));
  for (const name of all) await untilApplication(world, name, "Synced Healthy", first.revision);
  await untilApplication(world, "shop-cells", "Synced Healthy", first.inCells);
});

afterAll(async () => world?.stop());

/** A release of the app, and the commit that gives it to the cells. */
interface Release {
  readonly revision: string;
  readonly inCells: string;
}

/** Cells are namespaces of one cluster here; Argo CD treats them as it does clusters. */
async function release(tag: string): Promise<Release> {
  const revision = await world.git.commit(`release ${tag}`, { "deploy/app.yaml": appOf(tag) });
  const applications = await shippedApplications("cells/cells.yaml");
  for (const [index, { spec }] of applications.entries()) {
    spec.source = { ...spec.source, repoURL: world.git.url, targetRevision: revision };
    spec.destination = { server: "https://kubernetes.default.svc", namespace: cells[index] };
  }
  const text = applications.map((application) => stringify(application)).join("---\n");
  return { revision, inCells: await world.git.commit(`release ${tag} to the cells`, { "cells/cells.yaml": text }) };
}

/** What each cell is to run, and which images its users are served by. */
async function seenIn(cell: string): Promise<{ readonly asked: string; readonly serving: readonly string[] }> {
  const { spec } = await appIn(world, cell);
  const pods = await world.kubectl.list(cell, "pods", "app.kubernetes.io/component=web");
  const ready = pods.filter(({ status }) => status.conditions?.some((each: any) => each.type === "Ready" && each.status === "True"));
  const tagOf = (image: string) => image.slice(image.lastIndexOf(":") + 1);
  return { asked: tagOf(spec.image as string), serving: [...new Set(ready.map((pod) => tagOf(pod.spec.containers[0].image as string)))] };
}

async function untilGivenUp(revision: string): Promise<void> {
  await eventually("Argo CD gives the release up", async () => {
    const { phase, message, syncResult } = (await applicationNamed(world, "shop-cells")).status.operationState;
    must(syncResult?.revision === revision && phase === "Failed", `${phase} at ${syncResult?.revision}: ${message}`);
  });
}

describe("given three cells in sync waves", () => {
  const before = { asked: "1", serving: ["1"] };
  const rolledBack = { asked: "broken", serving: ["1"] };
  let bad: Release;

  test("when a release comes whose pods crash, then it stops in the first cell, and the others never see it", async () => {
    bad = await release("broken");
    await untilApplication(world, "shop-one", "Synced Degraded", bad.revision);
    await untilGivenUp(bad.inCells);
    await untilCompared(world, 40);
    expect(await Promise.all(all.map(async (name) => stateOf(world, name)))).toEqual([
      "Synced Degraded",
      "Synced Healthy",
      "Synced Healthy",
    ]);
    expect(await Promise.all(cells.map(seenIn))).toEqual([rolledBack, before, before]);
    expect(await syncsOf(world, "shop-two")).toHaveLength(1);
    expect(await syncsOf(world, "shop-three")).toHaveLength(1);
  });

  test("then the release before serves the first cell with Git as it is, and nothing loops", async () => {
    await untilOperatorRests(world, cells);
    const since = await endOfAuditLog(world.plane.auditLog);
    const begun = await world.argoCd.counters();
    await untilCompared(world, 80);
    const { comparisons, syncs } = await world.argoCd.counters();
    const writes = await writesOfOperator(world.plane.auditLog, since, cells);
    console.log(`${comparisons - begun.comparisons} comparisons, ${syncs - begun.syncs} syncs, ${writes.length} writes of the operator`);
    expect(syncs - begun.syncs).toBe(0);
    expect(writes).toEqual([]);
    expect(await writesOfArgoCd(world.plane.auditLog, since)).toEqual([]);
    expect(await stateOf(world, "shop-one")).toBe("Synced Degraded");
    expect(await seenIn("one")).toEqual(rolledBack);
  });

  test("not even another commit, another sync or a restart of the operator tries that release again or lets it pass", async () => {
    const syncs = await syncsOf(world, "shop-one");
    const since = await endOfAuditLog(world.plane.auditLog);
    await world.restartOperator();
    const operation = { sync: { revision: bad.revision } };
    await world.kubectl.run("-n", "argocd", "patch", "application", "shop-one", "--type=merge", "-p", JSON.stringify({ operation }));
    await eventually("it is synced again", async () => {
      const { length } = await syncsOf(world, "shop-one");
      must(length === syncs.length + 1, `${length} syncs`);
    });
    await untilGivenUp(await world.git.commit("something else", { "README.md": "An app in three cells.\n" }));
    await untilCompared(world, 40);
    expect(await writesOfOperator(world.plane.auditLog, since, cells)).toEqual([]);
    expect(await stateOf(world, "shop-one")).toBe("Synced Degraded");
    expect(await Promise.all(cells.map(seenIn))).toEqual([rolledBack, before, before]);
  });

  test("when a good release comes, then it goes through the cells, each of which waits for the one before", async () => {
    const good = await release("3");
    for (const name of all) await untilApplication(world, name, "Synced Healthy", good.revision);
    await untilApplication(world, "shop-cells", "Synced Healthy", good.inCells);
    expect(await Promise.all(cells.map(seenIn))).toEqual(cells.map(() => ({ asked: "3", serving: ["3"] })));
    const { items } = JSON.parse(await world.kubectl.run("get", "scalableapps", "-A", "-o", "json")) as { readonly items: readonly any[] };
    const stableSince = new Map(items.map(({ metadata, status }) => [metadata.namespace, status.release.stableSince]));
    const startedAt = new Map(items.map(({ metadata, status }) => [metadata.namespace, status.release.startedAt]));
    expect(startedAt.get("two") >= stableSince.get("one")).toBe(true);
    expect(startedAt.get("three") >= stableSince.get("two")).toBe(true);
  });
});
