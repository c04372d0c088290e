/** What a query of a Prometheus yielded. */
export type QueryOutcome =
  | { readonly state: "value"; readonly value: number }
  | { readonly state: "no-data" }
  | { readonly state: "error"; readonly reason: string };

/** What one track did in a span of time, as the pods or a Prometheus told it. */
export interface TrackMeasure {
  readonly requests: number;
  /** Requests answered with a server error. */
  readonly errors: number;
  /** Requests whose status is not known: they may have been errors. */
  readonly withoutStatus: number;
  /** 99th percentile of the request duration; `isFloor`: the real value is greater by an unknown amount. */
  readonly p99?: { readonly seconds: number; readonly isFloor: boolean } | undefined;
  /** Pods that told their metrics. */
  readonly tellingPods: number;
  /** Pods that should tell their metrics and do not. */
  readonly silent: readonly { readonly pod: string; readonly reason: string }[];
  /** True where pods tell metrics, but none names the histogram. */
  readonly undeclared: boolean;
  /** Why the source as a whole tells nothing. */
  readonly problem?: string | undefined;
}

/** What an analysis looks at: both tracks in the same span of time. */
export interface AnalysisWindow {
  readonly stable: TrackMeasure;
  readonly candidate: TrackMeasure;
  /** Outcomes by the name of the query. */
  readonly queries: Readonly<Record<string, QueryOutcome>>;
}

/** Why a track cannot be trusted to be well, in words for the user; undefined where all of it is seen. */
export function findBlindSpot(measure: TrackMeasure): string | undefined {
  const [first, ...others] = measure.silent;
  if (measure.problem !== undefined) return measure.problem;
  if (first !== undefined) {
    const more = others.length === 0 ? "" : `, nor do ${others.length} more`;
    return `pod ${first.pod} does not tell its metrics${more}: ${first.reason}`;
  }
  if (measure.tellingPods === 0) return "no pod has told its metrics yet";
  if (!measure.undeclared) return undefined;
  return "no pod tells the histogram that web.metrics.requestDuration names: correct the name, or send requests";
}
