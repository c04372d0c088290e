import { longestGapSeconds, readCron } from "./cron.ts";
import { DAY_SECONDS, durationSeconds } from "./duration.ts";
import type { Problem } from "./problem.ts";
import { quantityValue } from "./quantity.ts";
import type { FreezeWindow } from "./rollout.ts";
import type { ScalableApp } from "./scalable-app.ts";

/** Percent of a request of nothing is no figure: the autoscaler would never act. */
export function checkCpuRequests({ spec }: ScalableApp): readonly Problem[] {
  const scaled = [
    { path: "spec.web", component: spec.web },
    ...spec.workers.map((component, index) => ({ path: `spec.workers[${index}]`, component })),
  ];
  return scaled.flatMap(({ path, component: { autoscaling, resources } }) => {
    const { cpu } = resources.requests;
    if (autoscaling === undefined || cpu === undefined || quantityValue(cpu) > 0) return [];
    const byStage = path === "spec.web" ? ` (which stage ${spec.stage} fills in where nothing is written)` : "";
    const message = `must be above 0, because autoscaling${byStage} measures CPU in percent of it: write such as 100m, or set replicas instead of autoscaling`;
    return [{ path: `${path}.resources.requests.cpu`, message }];
  });
}

/** A disruption budget that lets every pod go protects nothing. A fixed number of replicas is left to `evictsAll`: kubectl scale may change it at any time. */
export function checkDisruption({ spec }: ScalableApp): readonly Problem[] {
  const floor = spec.web.autoscaling?.minReplicas;
  if (floor === undefined || !evictsAll(spec.disruption.maxUnavailable, floor)) return [];
  return [{ path: "spec.disruption.maxUnavailable", message: evictionMessage(floor) }];
}

/** Whether a budget lets all of so many pods be evicted at once; of a single pod every budget does. */
export function evictsAll(maxUnavailable: number | string, replicas: number): boolean {
  return replicas > 1 && (typeof maxUnavailable === "number" ? maxUnavailable >= replicas : maxUnavailable === "100%");
}

/** Says what to write instead of a budget that lets all of so many pods go. */
export function evictionMessage(replicas: number): string {
  return `would let all ${replicas} pods of web be evicted at once: lower it to at most ${replicas - 1}, or write a percentage such as "25%"`;
}

const YEAR_SECONDS = 366 * DAY_SECONDS;

/** A freeze must end, or nothing is ever released again. */
export function checkFreezeWindows({ spec }: ScalableApp): readonly Problem[] {
  return (spec.rollout.freeze?.windows ?? []).flatMap((window, index) => {
    const path = `spec.rollout.freeze.windows[${index}]`;
    return isEndless(window) ? [endless(path)] : isTooLong(window) ? [tooLong(path)] : [];
  });
}

function isEndless({ cron, duration }: FreezeWindow): boolean {
  const times = cron === undefined ? undefined : readCron(cron);
  return typeof times === "object" && duration !== undefined && durationSeconds(duration) >= longestGapSeconds(times);
}

function isTooLong({ start, end }: FreezeWindow): boolean {
  return start !== undefined && end !== undefined && Date.parse(`${end}Z`) - Date.parse(`${start}Z`) > YEAR_SECONDS * 1000;
}

function endless(path: string): Problem {
  return {
    path: `${path}.duration`,
    message:
      "is as long as the time from one window to the next, so that no release could ever start: shorten it, or let cron come less often",
  };
}

function tooLong(path: string): Problem {
  return { path: `${path}.end`, message: "is more than a year after start, which freezes releases for good: choose an earlier end" };
}
