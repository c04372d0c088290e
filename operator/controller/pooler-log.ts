import type { KubeClient } from "../kube/client.ts";
import { KubeError } from "../kube/errors.ts";
import type { PoolerSampling } from "../plan/observe/pooler-sampling.ts";
import { findPoolerError } from "../plan/observe/pooler-trouble.ts";

/** Lines at the end of a log that are read. */
const tailLines = 50;
/** Seconds after the start of a pooler at which its log is read, until it says something of use: the app connects when it likes. */
const looks = [15, 45, 120, 300];
/** Lives of pods that are remembered at most. */
const mostRemembered = 1000;

interface Read {
  readonly looks: number;
  readonly error: string | undefined;
}

/** Reads the last errors of poolers beside pods that are not ready, by pod; what was found is read once for each life of a pod. */
export function createPoolerLogReader(
  client: Pick<KubeClient, "podLogs">,
  now: () => number,
): (jobs: readonly PoolerSampling[]) => Promise<Readonly<Record<string, string>>> {
  const known = new Map<string, Read>();
  return async (jobs) => {
    const found = await Promise.all(jobs.map(async (job) => [job.pod, await errorOf(job)] as const));
    return Object.fromEntries(found.flatMap(([pod, error]) => (error === undefined ? [] : [[pod, error]])));
  };

  async function errorOf({ namespace, pod, life, since }: PoolerSampling): Promise<string | undefined> {
    const before = known.get(life) ?? { looks: 0, error: undefined };
    const due = looks.filter((seconds) => now() - Date.parse(since) >= seconds * 1000).length;
    if (before.error !== undefined || due <= before.looks) return before.error;
    const error = await readError(namespace, pod);
    if (known.size >= mostRemembered) known.clear();
    known.set(life, { looks: due, error });
    return error;
  }

  async function readError(namespace: string, pod: string): Promise<string | undefined> {
    try {
      return findPoolerError(await client.podLogs(namespace, pod, { container: "pgbouncer", tailLines }));
    } catch (error) {
      // Without a log the probe's answer still says something.
      if (error instanceof KubeError) return undefined;
      throw error;
    }
  }
}
