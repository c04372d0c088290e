import type { KubeClient } from "../kube/client.ts";
import { KubeError } from "../kube/errors.ts";
import { podEvents } from "../kube/resources.ts";
import type { EventSampling } from "../plan/observe/event-sampling.ts";
import { readPodEvents, type PodEvent, type PodEvents } from "../plan/observe/pod-events.ts";

/** Seconds that a pod is not ready before its events are read: most are ready sooner, and cost nothing. */
const looks = [10, 30, 60, 120, 300];
/** Seconds between two reads after those. */
const laterSeconds = 300;
/** Events of one pod that are read at most; a kubelet repeats one by its count. */
const mostRead = 100;
/** Pods that are remembered at most. */
const mostRemembered = 1000;

interface Known {
  readonly looks: number;
  readonly events: readonly PodEvent[];
}

/** Reads the Warnings about pods that are not ready, ever less often, by uid. */
export function createEventReader(
  client: Pick<KubeClient, "list">,
  now: () => number,
): (jobs: readonly EventSampling[]) => Promise<PodEvents> {
  const known = new Map<string, Known>();
  return async (jobs) => Object.fromEntries(await Promise.all(jobs.map(async (job) => [job.uid, await eventsOf(job)] as const)));

  async function eventsOf(job: EventSampling): Promise<readonly PodEvent[]> {
    const due = looksDue((now() - Date.parse(job.since)) / 1000);
    // One that was ready in between is known with more looks than are due again.
    const before = known.get(job.uid);
    if (before !== undefined && before.looks === due) return before.events;
    const events = due === 0 ? [] : await readEvents(job);
    known.delete(job.uid);
    const [oldest] = known.keys();
    if (oldest !== undefined && known.size >= mostRemembered) known.delete(oldest);
    known.set(job.uid, { looks: due, events });
    return events;
  }

  async function readEvents({ namespace, uid }: EventSampling): Promise<readonly PodEvent[]> {
    try {
      const fieldSelector = `involvedObject.uid=${uid},type=Warning`;
      const { items } = await client.list(podEvents, { namespace, fieldSelector, limit: mostRead });
      return readPodEvents(items);
    } catch (error) {
      // Without events the status of the pod still says something.
      if (error instanceof KubeError) return [];
      throw error;
    }
  }
}

function looksDue(seconds: number): number {
  const first = looks.filter((look) => seconds >= look).length;
  return first + Math.max(0, Math.floor((seconds - (looks.at(-1) ?? 0)) / laterSeconds));
}
