import { COMPONENT_LABEL, RELEASE_LABEL } from "../../api/labels.ts";
import { releaseOf } from "./migration.ts";
import { read, readCount, readList, readString, readNumber } from "../../base/read.ts";
import type { ProbeQuestion } from "./probe-answers.ts";
import type { LiveObject, Snapshot } from "./snapshot.ts";
import { unreadyPods } from "./unready-pods.ts";

/** A pod that is not ready, and what to ask it. */
export interface ProbeSampling {
  readonly pod: string;
  readonly uid: string;
  /** Undefined while its container does not run: what it answered before holds. */
  readonly runs:
    | {
        readonly address: string;
        /** When its container started, ISO 8601. */
        readonly since: string;
        /** Seconds that it may take before silence or "not ready yet" means anything. */
        readonly patienceSeconds: number;
        /** In the order of their weight: the first that fails is reported. */
        readonly questions: readonly ProbeQuestion[];
      }
    | undefined;
}

/** Seconds that a container gets before its answers are worth a word. */
const shortestPatience = 15;
/** Seconds; a process that may start for an hour is reported long before. */
const longestPatience = 120;
/** Seconds: what Kubernetes takes where a probe is silent. */
const defaultPeriod = 10;
const defaultFailures = 3;

/**
 * The kubelet keeps what a probe was answered to its events, so the operator asks itself: one pod of each component and release that is not
 * ready. Undefined where all pods are ready, or none can be asked over plain HTTP or a connection.
 */
export function decideProbeSampling(snapshot: Snapshot): readonly ProbeSampling[] | undefined {
  const unready = unreadyPods(snapshot.pods);
  if (unready.length === 0) return undefined;
  const jobs = snapshot.owned.flatMap((deployment) => {
    if (deployment.kind !== "Deployment") return [];
    const container = containerNamed(read(deployment, "spec", "template", "spec", "containers"), "app");
    const component = readString(read(deployment, "spec", "template", "metadata", "labels", COMPONENT_LABEL));
    const release = releaseOf(deployment);
    const own = unready.filter(
      ({ metadata: { labels } }) => labels?.[COMPONENT_LABEL] === component && labels?.[RELEASE_LABEL] === release,
    );
    const found = own.flatMap((pod) => jobFor(pod, container) ?? []);
    return found.find(({ runs }) => runs !== undefined) ?? found[0] ?? [];
  });
  return jobs.length === 0 ? undefined : jobs;
}

function containerNamed(list: unknown, name: string): unknown {
  return readList(list).find((each) => read(each, "name") === name);
}

function jobFor(pod: LiveObject, container: unknown): ProbeSampling | undefined {
  const status = containerNamed(read(pod, "status", "containerStatuses"), "app");
  const since = readString(read(status, "state", "running", "startedAt"));
  const address = readString(read(pod, "status", "podIP"));
  const { name, uid = name } = pod.metadata;
  if (since === undefined || address === undefined) {
    return readCount(read(status, "restartCount")) > 0 ? { pod: name, uid, runs: undefined } : undefined;
  }
  const hasStarted = read(status, "started") === true || read(container, "startupProbe") === undefined;
  const probes = hasStarted ? (["readinessProbe", "livenessProbe"] as const) : (["startupProbe"] as const);
  const questions = probes.flatMap((probe) => questionOf(container, probe) ?? []);
  if (questions.length === 0) return undefined;
  const patienceSeconds = hasStarted
    ? shortestPatience
    : patienceOf(read(container, "startupProbe"), readCount(read(status, "restartCount")));
  return { pod: name, uid, runs: { address, since, patienceSeconds, questions } };
}

/** Half of the time that a process may take to start; one that was restarted has had it. */
function patienceOf(startup: unknown, restarts: number): number {
  if (restarts > 0) return shortestPatience;
  const period = readCount(read(startup, "periodSeconds")) || defaultPeriod;
  const failures = readCount(read(startup, "failureThreshold")) || defaultFailures;
  return Math.min(longestPatience, Math.max(shortestPatience, (period * failures) / 2));
}

function questionOf(container: unknown, probe: ProbeQuestion["probe"]): ProbeQuestion | undefined {
  const given = read(container, probe);
  const timeoutSeconds = readCount(read(given, "timeoutSeconds")) || 1;
  const get = read(given, "httpGet");
  const port = portOf(container, read(get ?? read(given, "tcpSocket") ?? read(given, "grpc"), "port"));
  if (port === undefined) return undefined;
  const headers = readList(read(get, "httpHeaders"));
  const isPlain = readString(read(get, "scheme")) !== "HTTPS" && headers.every((header) => read(header, "name") === "Host");
  const path = get !== undefined && isPlain ? (readString(read(get, "path")) ?? "/") : undefined;
  return { probe, port, path, host: path === undefined ? undefined : readString(read(headers[0], "value")), timeoutSeconds };
}

function portOf(container: unknown, port: unknown): number | undefined {
  if (typeof port === "number") return port;
  const named = containerNamed(read(container, "ports"), readString(port) ?? "");
  const found = read(named, "containerPort");
  return readNumber(found);
}
