import type { AnalysisWindow, QueryOutcome, TrackMeasure } from "./measure.ts";

/** One condition on the labels of a series. */
export interface Matcher {
  readonly label: string;
  readonly operator: "=" | "=~";
  readonly value: string;
}

/** A query for the sampler. */
export interface NamedQuery {
  readonly name: string;
  readonly promql: string;
}

/** Which series tell of the two tracks, and over which time. */
export interface QueryScope {
  readonly matchers: { readonly stable: readonly Matcher[]; readonly candidate: readonly Matcher[] };
  readonly metrics: { readonly requestDuration: string; readonly statusLabel: string };
  /** Seconds that a query looks back, see queryWindowSeconds. */
  readonly windowSeconds: number;
}

// A shorter window holds fewer than the two scrapes that a rate needs.
const MIN_WINDOW_SECONDS = 60;
// An empty expression would match the series that have no such label; no pod has this name.
const NO_POD = "-";
const TRACKS = ["stable", "candidate"] as const;
const GRPC_SERVER_ERRORS = "unknown|deadline_?exceeded|unimplemented|internal|unavailable|data_?loss";
const GRPC_OTHERS =
  "ok|cancell?ed|invalid_?argument|not_?found|already_?exists|permission_?denied|resource_?exhausted|failed_?precondition|aborted|out_?of_?range|unauthenticated";
const ERRORS = `(?i)5([0-9][0-9]|xx)|${GRPC_SERVER_ERRORS}`;
const READABLE = `(?i)[1-9][0-9][0-9]|[1-5]xx|${GRPC_SERVER_ERRORS}|${GRPC_OTHERS}`;

/** Seconds that a query looks back where a judgement falls every `intervalSeconds`: the interval, at least 60 s. */
export function queryWindowSeconds(intervalSeconds: number): number {
  return Math.max(MIN_WINDOW_SECONDS, intervalSeconds);
}

/**
 * Finds tracks by the names of their pods, which every usual configuration of Prometheus passes on as `pod`. Labels of pods reach it only
 * where somebody asks for them, and would mix a candidate with the failed one before it that the window still holds.
 */
export function matchPods(
  namespace: string,
  pods: { readonly stable: readonly string[]; readonly candidate: readonly string[] },
): QueryScope["matchers"] {
  const among = (names: readonly string[]): readonly Matcher[] => [
    equal("namespace", namespace),
    { label: "pod", operator: "=~", value: podPattern(names) },
  ];
  return { stable: among(pods.stable), candidate: among(pods.candidate) };
}

/** A regular expression of the names of pods; of none it is the name of no pod. */
export function podPattern(names: readonly string[]): string {
  return names.length === 0 ? NO_POD : names.map(escapeRegex).join("|");
}

/** The queries from which measureQueries tells both tracks; their names hold a slash, which no name of a user's query does. */
export function trackQueries(scope: QueryScope): readonly NamedQuery[] {
  return TRACKS.flatMap((track) =>
    Object.entries(queriesOf(scope, scope.matchers[track])).map(([what, promql]) => ({ name: `${track}/${what}`, promql })),
  );
}

/** Puts values into the `{{name}}` places of a user's expression, escaped for a quoted string; unknown places stay. */
export function fillQuery(promql: string, values: Readonly<Record<string, string>>): string {
  return promql.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (place, name: string) => {
    return Object.hasOwn(values, name) ? escapeText(values[name] ?? "") : place;
  });
}

/** Reads the outcomes of trackQueries as the measure of both tracks; the other outcomes are passed on. */
export function measureQueries(queries: AnalysisWindow["queries"]): AnalysisWindow {
  return { stable: measureTrack(queries, "stable"), candidate: measureTrack(queries, "candidate"), queries };
}

/** A quoted PromQL string. */
export function quote(text: string): string {
  return `"${escapeText(text)}"`;
}

function queriesOf({ metrics, windowSeconds }: QueryScope, matchers: readonly Matcher[]): Record<string, string> {
  const { requestDuration: histogram, statusLabel } = metrics;
  const selector = matchers.map(({ label, operator, value }) => `${label}${operator}${quote(value)}`).join(",");
  const range = `[${windowSeconds}s]`;
  const count = (extra: string): string => `sum(increase(${histogram}_count{${selector}${extra}}${range}))`;
  const buckets = (extra: string): string => `sum by (le) (rate(${histogram}_bucket{${selector}${extra}}${range}))`;
  return {
    requests: count(""),
    // No series of errors is no error; whether the source lives is told by the requests.
    errors: `${count(`,${statusLabel}=~${quote(ERRORS)}`)} or vector(0)`,
    "without-status": `${count(`,${statusLabel}!~${quote(READABLE)}`)} or vector(0)`,
    p99: `histogram_quantile(0.99, ${buckets("")})`,
    // The share of requests above the highest finite bucket, where a quantile is only a floor.
    beyond: `1 - max(${buckets(',le!="+Inf"')}) / max(${buckets(',le="+Inf"')})`,
  };
}

function measureTrack(queries: AnalysisWindow["queries"], track: (typeof TRACKS)[number]): TrackMeasure {
  const outcome = (what: string): QueryOutcome | undefined => queries[`${track}/${what}`];
  const value = (what: string): number | undefined => valueOf(outcome(what));
  const problem = findProblem(track, [outcome("requests"), outcome("errors"), outcome("without-status"), outcome("p99")]);
  const seconds = value("p99");
  return {
    requests: value("requests") ?? 0,
    errors: value("errors") ?? 0,
    withoutStatus: value("without-status") ?? 0,
    p99: seconds === undefined ? undefined : { seconds, isFloor: (value("beyond") ?? 0) > 0.01 },
    tellingPods: problem === undefined ? 1 : 0,
    silent: [],
    undeclared: false,
    problem,
  };
}

function findProblem(track: string, [requests, ...others]: readonly (QueryOutcome | undefined)[]): string | undefined {
  if (requests === undefined) return "Prometheus has not been asked yet";
  const failed = [requests, ...others].find((outcome) => outcome?.state === "error");
  if (failed?.state === "error") return failed.reason;
  if (requests.state === "value") return undefined;
  return `Prometheus has no requests of the ${track} track: it must scrape the web pods, and know them by the labels namespace and pod`;
}

function valueOf(outcome: QueryOutcome | undefined): number | undefined {
  return outcome?.state === "value" ? outcome.value : undefined;
}

function equal(label: string, value: string): Matcher {
  return { label, operator: "=", value };
}

function escapeText(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function escapeRegex(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
