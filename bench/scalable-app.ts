import { applyApp, appReady, exampleApp, givenNodePort, podsOf, reachable } from "../e2e/scenario/given.ts";
import { eventually, must, type Kubectl } from "../e2e/scenario/kubectl.ts";
import { watchRelease } from "../e2e/scenario/release-watch.ts";
import type { Contender } from "./contender.ts";
import { deadlineSeconds, replicas, steps } from "./terms.ts";

/** How the candidate is judged. */
export const analysis = { intervalSeconds: 2, minRequests: 30, errorRatePercent: 5, latencyP99Milliseconds: 2000 };

/** Gives the example app to our operator: no worker moves with it, for the other contender has none, and no HPA changes the number of pods. */
export async function givenScalableApp(kubectl: Kubectl, namespace: string): Promise<Contender> {
  const { spec, ...example } = await exampleApp("05-canary");
  const { workers: _workers, migration, ...rest } = spec;
  const { autoscaling: _autoscaling, ...web } = spec["web"] as Record<string, unknown>;
  const rollout = {
    strategy: "canary",
    canary: { steps, analysis },
    progressDeadlineSeconds: deadlineSeconds,
    bakeSeconds: 0,
    revisionHistory: 100,
  };
  const app = { ...example, spec: { ...rest, web: { ...web, replicas, shutdown: { drainSeconds: 5 } }, rollout } };
  await applyApp(kubectl, namespace, app, { migration });
  const url = await givenNodePort(kubectl, namespace);
  await appReady(kubectl, namespace);
  await reachable(url);
  return {
    name: "ScalableApp",
    url,
    service: "shop-public",
    release: async ({ env, migrates }) => applyApp(kubectl, namespace, app, { env, ...(migrates && { migration }) }),
    watch: async () => {
      const { seen, stop } = await watchRelease(kubectl, namespace);
      const begun = seen.length;
      return {
        stop,
        verdict() {
          const now = seen.slice(begun);
          const moved = now.slice(now.findIndex(({ candidate }) => candidate !== undefined));
          if (moved[0]?.candidate === undefined) return undefined;
          const end = moved.find(({ phase }) => ["RollingBack", "Failed", "Stable"].includes(phase));
          return end && { what: end.phase === "Stable" ? "promoted" : "sent back", atMs: end.atMs };
        },
      };
    },
    stabilize: async () => {
      await eventually("the release is over", async () => {
        const phase = (await kubectl.get(namespace, "scalableapp", "shop"))?.status.release.phase as string;
        must(["Stable", "Failed"].includes(phase), phase);
        const pods = await podsOf(kubectl, namespace, "web");
        must(pods.length === replicas, `${pods.length} pods`);
      });
    },
  };
}
