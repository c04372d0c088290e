import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { endOfAuditLog } from "../cluster/index.ts";
import { exampleApp } from "../scenario/given.ts";
import { givenSecrets, shippedApplications, stateOf, untilApplication, untilCompared } from "./given.ts";
import { startWorld, type World } from "./world.ts";
import { dryRunsOfArgoCd, writersOfApps, writesOfArgoCd } from "./writes.ts";

const folders = readdirSync(join(import.meta.dirname, "../../examples")).filter((folder) => /^\d/u.test(folder));
/** Argo CD compares in one of two ways: with what it computes itself, or with what the API server answers to a dry run. */
const ways = { classic: {}, "server-side": { "argocd.argoproj.io/compare-options": "ServerSideDiff=true" } };
const applications = folders.flatMap((folder) =>
  Object.entries(ways).map(([way, annotations]) => ({ name: `${folder}-${way}`, folder, annotations })),
);

/** How often Argo CD compares in 24 hours, every 120 s, which is its default; up to 60 s of jitter only make it fewer. */
const comparisonsOfADay = (24 * 3600) / 120;

let world: World;

beforeAll(async () => {
  world = await startWorld();
  const files = await Promise.all(folders.map(async (folder) => [`${folder}/app.json`, await withoutNamespace(folder)] as const));
  const revision = await world.git.commit("every example", Object.fromEntries(files));
  for (const { name, folder, annotations } of applications) {
    await givenSecrets(world, name, { "shop-db": "url" });
    const [manifest] = await shippedApplications("application.yaml");
    manifest.metadata = { ...manifest.metadata, name, annotations };
    manifest.spec.source = { ...manifest.spec.source, repoURL: world.git.url, path: folder };
    manifest.spec.destination.namespace = name;
    await world.kubectl.apply(JSON.stringify(manifest));
  }
  await untilApplication(world, "01-minimal-classic", "Synced Healthy", revision);
  await untilApplication(world, "01-minimal-server-side", "Synced Healthy", revision);
  for (const { name } of applications) await untilApplication(world, name, /^Synced /u, revision);
});

/** The Application says in which namespace an app is. */
async function withoutNamespace(folder: string): Promise<string> {
  const app = await exampleApp(folder);
  return JSON.stringify({ ...app, metadata: { ...app.metadata, namespace: undefined } }, null, 2);
}

afterAll(async () => world?.stop());

describe("given every example as an app that Argo CD syncs, prunes and heals by itself", () => {
  test("when it compares them as often as in a day, then it syncs nothing, and nobody writes to an app", async () => {
    const since = await endOfAuditLog(world.plane.auditLog);
    const before = await world.argoCd.counters();
    // Comparisons are counted, not hours: all apps share those of a day, and a second stands for 120.
    await untilCompared(world, comparisonsOfADay, 240);
    const after = await world.argoCd.counters();
    const states = await Promise.all(applications.map(async ({ name }) => stateOf(world, name)));
    const summary = Map.groupBy(states, (state) => state)
      .entries()
      .map(([state, all]) => `${all.length} ${state}`);
    console.log(`${after.comparisons - before.comparisons} comparisons, ${after.syncs - before.syncs} syncs; ${[...summary].join(", ")}`);
    expect(after.syncs - before.syncs).toBe(0);
    expect(await writesOfArgoCd(world.plane.auditLog, since)).toEqual([]);
    expect(await writersOfApps(world.plane.auditLog, since)).toEqual([]);
    expect(states.filter((state) => !state.startsWith("Synced "))).toEqual([]);
  });

  test("and by both ways: only the server-side one asks the API server after the sync too", async () => {
    for (const folder of folders) {
      const [classic, serverSide] = await Promise.all(
        Object.keys(ways).map(async (way) => dryRunsOfArgoCd(world.plane.auditLog, `${folder}-${way}`)),
      );
      expect(serverSide, folder).toBeGreaterThan(classic ?? Infinity);
    }
  });
});
