import { expect } from "vitest";
import { conditionOf, podsOf } from "./given.ts";
import { eventually, must } from "./kubectl.ts";
import type { Run } from "./release-run.ts";
import type { Shop } from "./shop.ts";

/** All phases of a canary that is promoted. */
export const promotedPhases = ["Migrating", "Canary", "Promoting", "Baking", "Stable"];
/** All phases of a canary that goes back. */
export const abortedPhases = ["Migrating", "Canary", "RollingBack", "Failed"];

/** The release that the schedule's next run is of. */
export async function scheduledRelease({ kubectl, namespace, name }: Shop): Promise<string | undefined> {
  const found = await kubectl.get(namespace, "cronjob", `${name}-report`);
  return found?.spec.jobTemplate.spec.template.metadata.labels["scalableapp.dev/release"] as string | undefined;
}

/** Web, worker and schedule are of a release, and nothing of a candidate is left. */
export async function expectAllOn(shop: Shop, release: string): Promise<void> {
  const { kubectl, namespace, name } = shop;
  for (const [component, count] of Object.entries({ web: 2, "worker-orders": 1 })) {
    const pods = await podsOf(kubectl, namespace, component, name);
    expect(pods.length).toBe(count);
    for (const pod of pods) expect(pod.metadata.labels?.["scalableapp.dev/release"], pod.metadata.name).toBe(release);
  }
  expect(await scheduledRelease(shop)).toBe(release);
  expect(await kubectl.get(namespace, "deployment", `${name}-web-canary`)).toBeUndefined();
}

/** A run ended on another release than before, without the loss of a request. */
export async function expectPromoted(shop: Shop, { app, load }: Run, before: string): Promise<void> {
  expect(load).toMatchObject({ failed: 0, failures: [] });
  const { stable, previous, phase } = app.status.release;
  expect(phase).toBe("Stable");
  expect(previous).toBe(before);
  expect(stable).not.toBe(before);
  await expectAllOn(shop, stable);
}

/** A run ended on the stable release of before, with the new one in quarantine. */
export async function expectBackOn(shop: Shop, { app }: Run, stable: string, reason: RegExp): Promise<void> {
  expect(app.status.release).toMatchObject({ stable, phase: "Failed" });
  expect(app.status.quarantined.at(-1).reason).toMatch(reason);
  // The step is written down before what follows from it.
  await eventually("Degraded names the quarantine", async () => {
    const degraded = conditionOf(await shop.now(), "Degraded");
    must(degraded?.status === "True" && degraded.reason === "ReleaseQuarantined", `it is ${degraded?.reason}: ${degraded?.message}`);
  });
  await expectAllOn(shop, stable);
}
