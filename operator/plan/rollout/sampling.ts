import type { ReleaseStatus } from "../../api/status.ts";
import { read, readCount, readList, readString } from "../read.ts";
import type { LiveObject, Snapshot } from "../snapshot.ts";
import { fillQuery, matchPods, podPattern, queryWindowSeconds, trackQueries, type NamedQuery } from "./queries.ts";
import { webPods } from "./web-pods.ts";

/** One pod to ask for its metrics. */
export interface SampledPod {
  readonly pod: string;
  readonly address: string;
  readonly port: number;
  readonly restarts: number;
}

/** What to sample while a candidate is on trial. */
export interface Sampling {
  readonly id: string;
  readonly intervalSeconds: number;
  readonly tracks: { readonly stable: readonly SampledPod[]; readonly candidate: readonly SampledPod[] };
  readonly metrics: { readonly path: string; readonly requestDuration: string; readonly statusLabel: string };
  readonly prometheus?: { readonly url: string };
  readonly queries: readonly NamedQuery[];
}

const phases = new Set(["RollingOut", "Canary", "Preview", "Promoting", "Baking"]);

/** What must be sampled to judge the release under way; undefined where nothing is on trial. */
export function decideSampling(snapshot: Snapshot, release: ReleaseStatus): Sampling | undefined {
  const { app } = snapshot;
  const { analysis } = app.spec.rollout.canary;
  const { candidate, stable } = release;
  if (candidate === undefined || stable === undefined || !analysis.enabled || !phases.has(release.phase)) return undefined;
  const { intervalSeconds } = analysis;
  const prometheus = app.spec.monitoring?.prometheus;
  const web = webPods(snapshot.pods, candidate);
  const tracks = {
    stable: web.stable.flatMap((pod) => target(pod, app.spec.web.port)),
    candidate: web.candidate.flatMap((pod) => target(pod, app.spec.web.port)),
  };
  const shared = { id: candidate, intervalSeconds, metrics: app.spec.web.metrics };
  if (!prometheus) return { ...shared, tracks, queries: [] };
  const { name, namespace } = app.metadata;
  const windowSeconds = queryWindowSeconds(intervalSeconds);
  const pods = { stable: web.stable.map(nameOf), candidate: web.candidate.map(nameOf) };
  const releases = { candidate, stable, candidatePods: podPattern(pods.candidate), stablePods: podPattern(pods.stable) };
  const values = { namespace, app: name, window: `${windowSeconds}s`, ...releases };
  const own = analysis.queries.map((query) => ({ name: query.name, promql: fillQuery(query.promql, values) }));
  const queries = [...trackQueries({ matchers: matchPods(namespace, pods), metrics: app.spec.web.metrics, windowSeconds }), ...own];
  return { ...shared, tracks: { stable: [], candidate: [] }, prometheus: { url: prometheus.url }, queries };
}

function nameOf({ metadata }: LiveObject): string {
  return metadata.name;
}

function target(pod: LiveObject, port: number): readonly SampledPod[] {
  const address = readString(read(pod, "status", "podIP"));
  if (address === undefined || !isReady(pod)) return [];
  const app = readList(read(pod, "status", "containerStatuses")).find((status) => read(status, "name") === "app");
  return [{ pod: pod.metadata.name, address, port, restarts: readCount(read(app, "restartCount")) }];
}

function isReady(pod: LiveObject): boolean {
  return readList(read(pod, "status", "conditions")).some((each) => read(each, "type") === "Ready" && read(each, "status") === "True");
}
