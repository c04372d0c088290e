/** What a query of a Prometheus yielded. */
export type QueryOutcome =
  | { readonly state: "value"; readonly value: number }
  | { readonly state: "no-data" }
  | { readonly state: "error"; readonly reason: string };

/** Both releases side by side. */
export interface Placement<T> {
  readonly stable: T;
  readonly candidate: T;
}

/** One cumulative bucket of a histogram of durations. */
export interface Bucket {
  /** Upper bound in seconds, inclusive; the last one is Infinity. */
  readonly le: number;
  /** Requests up to the bound. */
  readonly count: number;
}

/** What the operator's own requests to one path got (`analysis.probes`). */
export interface ProbeCounts {
  readonly asked: number;
  /** Answers with another status than `expectStatus`, and requests without an answer. */
  readonly failed: number;
  /** The newest failed answer in words, such as "status 500" or "no answer within 2000 ms". */
  readonly failure?: string | undefined;
}

/** What the pods of one release did in one round: only what is new since the round before, each request once. */
export interface Counts {
  /** Requests that were answered; those to the app's health and metrics paths are left out where a label names the route. */
  readonly requests: number;
  /** Requests answered with a server error. */
  readonly errors: number;
  /** Requests whose status is not known: they may have been errors. */
  readonly withoutStatus: number;
  /** Durations of the requests; empty where there is no histogram. */
  readonly buckets: readonly Bucket[];
  /** By path. */
  readonly probes: Readonly<Record<string, ProbeCounts>>;
}

/** One round of measuring. */
export interface Round extends Placement<Counts> {
  /** Rises from round to round of one trial; a round that was evaluated is known by it. */
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Outcomes by the name of the user's query. */
  readonly queries: Readonly<Record<string, QueryOutcome>>;
}

/** What can be seen of the pods of one release now. */
export interface Visibility {
  /** Pods that are asked for their metrics, or that Prometheus should know. */
  readonly pods: number;
  /** Pods that reported their metrics. */
  readonly reporting: number;
  /** Pods that should report and do not: never yet, or twice in a row. */
  readonly silent: readonly { readonly pod: string; readonly reason: string }[];
  /** Pods report metrics, but none has the metric that web.metrics names. */
  readonly undeclared: boolean;
  /** Several pods report the same numbers again and again: they share one store, so they cannot be told apart. */
  readonly sharedStore: boolean;
  /** No series has a label with the route, so that requests to health and metrics paths are counted as users' requests. */
  readonly routesUnknown: boolean;
  /** Why the source as a whole reports nothing, such as a Prometheus that does not answer. */
  readonly problem?: string | undefined;
}

/** What was measured of the release on trial. */
export interface Measurement {
  /** What is on trial, as the plan named it (SamplingJob.id). */
  readonly trial: string;
  /** The newest rounds, oldest first, at least the last 30; older ones are dropped. */
  readonly rounds: readonly Round[];
  readonly visibility: Placement<Visibility>;
  /** Seconds between two scrapes of Prometheus, where it shows them. */
  readonly scrapeSeconds?: number | undefined;
}
