import type { LoadReport } from "../e2e/scenario/load.ts";
import type { Verdict } from "./contender.ts";
import type { Sharing } from "./traffic-watch.ts";

/** What was seen of one release under load. */
export interface Run {
  /** When the change was applied, in milliseconds since 1970. */
  readonly appliedMs: number;
  /** The pods that shared the requests before, at the first sighting, and ever since. */
  readonly sharing: readonly Sharing[];
  /** Undefined: nothing was decided as long as one waited. */
  readonly verdict: Verdict | undefined;
  readonly load: Pick<LoadReport, "sent" | "failed" | "perFailure">;
}

/** One release in figures; seconds since it was applied. */
export interface Times {
  readonly outcome: string;
  /** When its first pod got requests; undefined: none ever did. */
  readonly ready: number | undefined;
  readonly decided: number | undefined;
  /** When its last pod got no more requests and the controller had decided; undefined where one still does, or it was promoted. */
  readonly gone: number | undefined;
  readonly sent: number;
  readonly failed: number;
  /** How many failed in which way. */
  readonly perFailure: Readonly<Record<string, number>>;
}

/** Turns what was seen into figures. */
export function timeRun({ appliedMs, sharing, verdict, load }: Run): Times {
  const before = new Set(sharing[0]?.pods);
  const isIn = ({ pods }: Sharing) => pods.some((pod) => !before.has(pod));
  const lastIn = sharing.findLastIndex(isIn);
  const seconds = (atMs: number | undefined) => (atMs === undefined ? undefined : Math.round((atMs - appliedMs) / 100) / 10);
  const left = lastIn === -1 ? appliedMs : sharing[lastIn + 1]?.atMs;
  const wentBack = verdict?.what === "sent back" && left !== undefined;
  return {
    outcome: verdict?.what ?? "nothing",
    ready: seconds(sharing.find(isIn)?.atMs),
    decided: seconds(verdict?.atMs),
    gone: wentBack ? seconds(Math.max(left, verdict.atMs)) : undefined,
    sent: load.sent,
    failed: load.failed,
    perFailure: load.perFailure,
  };
}
