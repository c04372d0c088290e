import { reachable } from "./given.ts";
import { eventually, must, type Kubectl, type Thing } from "./kubectl.ts";
import { startLoad, type LoadReport } from "./load.ts";
import { secondsBetween, watchRelease, type ReleaseWatch } from "./release-watch.ts";

/** Where a release is run, and how its users reach it. */
export interface Stage {
  readonly kubectl: Kubectl;
  readonly namespace: string;
  /** Of the app. Default: shop. */
  readonly name?: string;
  readonly url: string;
}

/** What came of a release under load. */
export interface Run {
  readonly app: Thing;
  readonly watch: ReleaseWatch;
  readonly load: LoadReport;
}

/** Requests a second, kept-alive and new: where pods share the requests by connection, only new connections reach a new pod. */
const requestsPerSecond = { keptAlive: 20, fresh: 40 } as const;

/** Web pods of the story before may still be ending: until they are gone, its faults may reach a request of this one. */
async function noPodEnds(kubectl: Kubectl, namespace: string, name: string): Promise<void> {
  await eventually("the web pods of the story before are gone", async () => {
    const pods = await kubectl.list(namespace, "pods", `scalableapp.dev/app=${name},app.kubernetes.io/component=web`);
    const ending = pods.filter(({ metadata }) => metadata.deletionTimestamp !== undefined).map(({ metadata }) => metadata.name);
    must(ending.length === 0, `${ending.join(", ")} not gone yet`);
  });
}

/** Runs work under a constant load on an app. */
export async function underLoad(url: string, work: () => Promise<unknown>): Promise<LoadReport> {
  const { keptAlive, fresh } = requestsPerSecond;
  // A node port answers some moments after it was made, and pods of the story before may still be on their way out.
  await reachable(url, "/api/products/1");
  const load = startLoad({ url: `${url}/api/products/1`, keptAlivePerSecond: keptAlive, newPerSecond: fresh });
  let report: LoadReport;
  try {
    await eventually("the load flows", async () => must(load.sent() > 200, `${load.sent()} requests so far`));
    await work();
  } finally {
    report = await load.stop();
  }
  return report;
}

/** Makes a change under load, until the release that it makes has ended, well or not. */
export async function releaseUnderLoad(
  { kubectl, namespace, name = "shop", url }: Stage,
  change: (watch: ReleaseWatch) => Promise<unknown>,
): Promise<Run> {
  await noPodEnds(kubectl, namespace, name);
  const watch = await watchRelease(kubectl, namespace, name);
  try {
    const load = await underLoad(url, async () => {
      await change(watch);
      await watch.end(150);
    });
    return { app: (await kubectl.get(namespace, "scalableapp", name))!, watch, load };
  } finally {
    watch.stop();
  }
}

/** How soon a failing candidate was rolled back, in seconds. */
export interface Detection {
  /** Since its pods were ready; NaN where they never were. */
  readonly afterReady: number;
  /** When the last request failed, since the rollback began; negative: before. */
  readonly lastFailure: number;
}

/** Times a run that ended in a rollback. */
export function timeDetection({ watch, load }: Run): Detection {
  const ready = watch.seen.find(({ stepStartedAt }) => stepStartedAt !== undefined);
  const back = watch.seen.find(({ phase }) => phase === "RollingBack");
  const lastFailure = Math.round(((load.lastFailureMs ?? Number.NaN) - (back?.atMs ?? 0)) / 100) / 10;
  return { afterReady: secondsBetween(ready, back), lastFailure };
}

/** A run in one line. */
export function describeRun(run: Run): string {
  const { load, watch } = run;
  const begun = watch.seen.find(({ candidate }) => candidate !== undefined);
  const phases = `${watch.phases().join(" > ")} in ${secondsBetween(begun, watch.seen.at(-1))} s`;
  const { afterReady } = timeDetection(run);
  const back = Number.isNaN(afterReady) ? "" : `; rolled back ${afterReady} s after it was ready`;
  return `${load.sent} requests, ${load.failed} failed ${JSON.stringify(load.perFailure)}, p99 ${load.p99Ms} ms; ${phases}${back}`;
}
