import type { QueryOutcome } from "./prometheus.ts";
import type { RequestCounts } from "./request-counts.ts";

/** Both releases side by side. */
export interface Placement<T> {
  readonly stable: T;
  readonly candidate: T;
}

/** Outcomes by the name of the query. */
export type QueryOutcomes = Readonly<Record<string, QueryOutcome>>;

/** What the operator's own requests to one path got. */
export interface ProbeCounts {
  readonly asked: number;
  /** Answers with another status than the expected ones, and requests without an answer. */
  readonly failed: number;
  /** The newest failed answer in words, such as "status 500" or "no answer within 2000 ms". */
  readonly failure?: string | undefined;
}

/** What the pods of one release did in one round: only what is new since the round before, each request once. */
export interface Counts extends RequestCounts {
  /** By path. */
  readonly probes: Readonly<Record<string, ProbeCounts>>;
}

/** One round of measuring. */
export interface Round extends Placement<Counts> {
  /** Rises from round to round, also when the operator was restarted between two of them. */
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Outcomes of the user's queries when the round ended. */
  readonly queries: QueryOutcomes;
}

/** What can be seen of the pods of one release now. */
export interface Visibility {
  /** Ready pods that are asked for their metrics, or that Prometheus should know. */
  readonly pods: number;
  /** Those of them that reported their metrics. */
  readonly reporting: number;
  /** Those of them that do not: never yet, or twice in a row. */
  readonly silent: readonly { readonly pod: string; readonly reason: string }[];
  /** Pods report metrics, but none has the metric that is asked for: a wrong name, or no request yet. */
  readonly undeclared: boolean;
  /** Several pods report the same rising numbers again and again: they share one store. */
  readonly sharedStore: boolean;
  /** No series has a label with the route, so requests to health and metrics paths are counted as users' requests. */
  readonly routesUnknown: boolean;
  /** Why the source as a whole reports nothing. */
  readonly problem?: string | undefined;
}

/** What was measured of the release on trial. */
export interface Measurement {
  /** What is on trial, SamplingJob.id. */
  readonly trial: string;
  /** The newest 60 rounds, oldest first. */
  readonly rounds: readonly Round[];
  readonly visibility: Placement<Visibility>;
  /** Seconds between two scrapes of Prometheus, where it shows them. */
  readonly scrapeSeconds?: number | undefined;
}
