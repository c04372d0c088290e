import { conditionIsTrue, condition } from "../base/condition.ts";
import type { App } from "./app.ts";

/** How a release ended: all users get what the spec asks for, or they do not and nothing changes that by itself. */
export type ReleaseEnd = "stable" | "failed";

/** How the release of the spec ended; undefined while it is under way or the operator has not seen the spec yet. */
export function endOf({ generation, status }: App): ReleaseEnd | undefined {
  if ((status.observedGeneration ?? 0) < generation) return undefined;
  const reason = stalledReason({ status });
  if (isAboutToRetry({ status })) return undefined;
  // Nothing is done about a spec that is refused, whatever is under way.
  if (reason === "InvalidSpec") return "failed";
  switch (status.release?.phase) {
    case "Failed":
      return "failed";
    case "Stable":
    case "Suspended":
      return reason === undefined ? "stable" : "failed";
    default:
      return undefined;
  }
}

/** The operator answers a retry first, and starts the release in its next step; until then the status is that of the failure. */
export function isAboutToRetry({ status: { release, requests } }: Pick<App, "status">): boolean {
  const retry = requests?.find(({ action, outcome }) => action === "retry" && outcome === "done");
  return release?.phase === "Failed" && retry !== undefined && Date.parse(retry.at) > Date.parse(release.phaseStartedAt ?? "");
}

/** Why nothing goes on until somebody acts. */
export function stalledReason({ status }: Pick<App, "status">): string | undefined {
  return conditionIsTrue({ status }, "Stalled")?.reason;
}

/** What the app says of itself as a whole where it is not well. */
export function troubleOf({ status }: Pick<App, "status">): string | undefined {
  const ready = condition({ status }, "Ready");
  return ready === undefined || ready.status === "True" ? undefined : `${ready.reason}: ${ready.message}`;
}
