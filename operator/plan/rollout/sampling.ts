import { requestHost } from "../../api/host-header.ts";
import { metricsEndpoint } from "../../api/metrics.ts";
import type { ScalableApp } from "../../api/scalable-app.ts";
import type { ReleaseStatus } from "../../api/status.ts";
import type { SampledPod, SampledRelease, SamplingJob } from "../../measurement/sampling-job.ts";
import type { StoredRelease } from "../../resources/release.ts";
import { read, readCount, readList, readString } from "../../base/read.ts";
import type { MeasuredSnapshot } from "../analysis/measured-snapshot.ts";
import type { LiveObject } from "../observe/snapshot.ts";
import { webPods } from "../observe/web-pods.ts";
import { fillQuery, podPattern } from "./fill-query.ts";
import { trialOf } from "./trial.ts";
import { conditionIsTrue } from "../../base/condition.ts";

/** What must be sampled to judge the release under way; undefined where nothing is on trial. */
export function decideSampling(
  snapshot: MeasuredSnapshot,
  release: ReleaseStatus,
  stored: readonly StoredRelease[],
): SamplingJob | undefined {
  const { app, pods } = snapshot;
  const trial = trialOf(app.spec.rollout, release);
  const { candidate = "", stable = "" } = release;
  if (trial === undefined) return undefined;
  const web = webPods(pods, candidate);
  const sampled = (of: readonly LiveObject[], id: string): SampledRelease => {
    return {
      pods: of.flatMap(sampledPod),
      ...endpointsOf(
        app,
        stored.find((each) => each.id === id),
      ),
    };
  };
  const prometheus = app.spec.monitoring?.prometheus;
  return {
    id: trial.id,
    trialStartedMs: Date.parse(release.startedAt ?? snapshot.now),
    intervalSeconds: trial.config.intervalSeconds,
    placements: { stable: sampled(web.stable, stable), candidate: sampled(web.candidate, candidate) },
    probes: trial.config.probes,
    ...(prometheus && { prometheus: { url: prometheus.url, namespace: app.metadata.namespace } }),
    queries: queriesOf(snapshot, { candidate, stable }),
  };
}

function queriesOf(
  { app, pods, evidence }: MeasuredSnapshot,
  releases: { readonly candidate: string; readonly stable: string },
): SamplingJob["queries"] {
  const { name, namespace } = app.metadata;
  const { queries, windowSeconds = evidence?.windowSeconds ?? 60 } = app.spec.rollout.canary.analysis;
  const web = webPods(pods, releases.candidate);
  const names = (of: readonly LiveObject[]) => podPattern(of.map(({ metadata }) => metadata.name));
  const found = { candidatePods: names(web.candidate), stablePods: names(web.stable) };
  const values = { namespace, app: name, window: `${windowSeconds}s`, ...releases, ...found };
  return queries.map((query) => ({ name: query.name, promql: fillQuery(query.promql, values) }));
}

/** A release may change web.port, so the port is that of the release itself; which metrics count is a matter of the spec alone. */
function endpointsOf({ spec }: ScalableApp, stored: StoredRelease | undefined): Omit<SampledRelease, "pods"> {
  const web = { ...spec.web, port: webPortOf(stored) ?? spec.web.port };
  return {
    metrics: metricsEndpoint({ web, routing: spec.routing }),
    web: { port: web.port, host: spec.web.metrics.host ?? requestHost(spec.web.health, spec.routing) },
  };
}

function webPortOf(stored: StoredRelease | undefined): number | undefined {
  const deployment = stored?.children.find(({ role }) => role === "web/deployment")?.object;
  const app = readList(read(deployment, "spec", "template", "spec", "containers")).find((container) => read(container, "name") === "app");
  const port = readList(read(app, "ports")).find((each) => read(each, "name") === "http");
  return readCount(read(port, "containerPort")) || undefined;
}

function sampledPod(pod: LiveObject): readonly SampledPod[] {
  const address = readString(read(pod, "status", "podIP"));
  if (address === undefined) return [];
  const app = readList(read(pod, "status", "containerStatuses")).find((status) => read(status, "name") === "app");
  const { name, creationTimestamp } = pod.metadata;
  return [
    {
      pod: name,
      address,
      ready: isReady(pod),
      restarts: readCount(read(app, "restartCount")),
      createdMs: Date.parse(creationTimestamp ?? "") || 0,
    },
  ];
}

function isReady(pod: LiveObject): boolean {
  return conditionIsTrue(pod, "Ready") !== undefined;
}
