/** What a query yields: one number, nothing (no series, or NaN), or an error with a clause that says why. */
export type QueryOutcome =
  | { readonly state: "value"; readonly value: number }
  | { readonly state: "no-data" }
  | {
      readonly state: "error";
      readonly reason: string;
      /** Whether the query itself is wrong, so that asking again does not help. */
      readonly isRefused?: true;
    };

/** One cumulative bucket of a histogram of durations. */
export interface Bucket {
  /** Upper bound in seconds, inclusive; the last one is Infinity. */
  readonly le: number;
  /** Requests up to the bound. */
  readonly count: number;
}

/** Rate, errors and duration of requests, since a process began or since an earlier look at it. */
export interface RequestCounts {
  readonly requests: number;
  /** Requests answered with a server error: status 500 or more, or a gRPC code that blames the server. */
  readonly errors: number;
  /** Requests whose series has no readable status: they may have been errors. */
  readonly withoutStatus: number;
  /** Cumulative and in the order of their bounds; the last one is +Inf where the histogram is whole. */
  readonly buckets: readonly Bucket[];
}

/** Both releases side by side. */
export interface SideBySide<T> {
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
export interface Round extends SideBySide<Counts> {
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
  readonly visibility: SideBySide<Visibility>;
  /** Seconds between two scrapes of Prometheus, where it shows them. */
  readonly scrapeSeconds?: number | undefined;
}
