import type { ReleaseStatus } from "../../api/status.ts";
import { webCanaryName, webName } from "../../resources/names.ts";
import { releaseOf } from "../migration.ts";
import { conditionIsTrue, read, readList, readString } from "../read.ts";
import { findOwned, type LiveObject, type Snapshot } from "../snapshot.ts";
import { webPods } from "./web-pods.ts";

/** A pod to ask what its kubelet asks, and the question. */
export interface ProbeSampling {
  readonly pod: string;
  readonly address: string;
  readonly port: number;
  readonly path: string;
  /** Host header; undefined where the pod's address will do. */
  readonly host: string | undefined;
  /** The probe that fails. */
  readonly probe: "startupProbe" | "readinessProbe";
  /** When its container started, ISO 8601. */
  readonly runsSince: string;
}

const phases = new Set<ReleaseStatus["phase"]>(["RollingOut", "Canary", "Preview", "Promoting"]);

/**
 * The kubelet keeps what a probe was answered to its events, so the operator asks itself: one pod of the candidate, while none is ready and
 * its container runs. Undefined where the probe is none by plain HTTP, or has other headers than Host.
 */
export function decideProbeSampling(snapshot: Snapshot, { candidate, phase }: ReleaseStatus): ProbeSampling | undefined {
  if (candidate === undefined || !phases.has(phase)) return undefined;
  const pods = webPods(snapshot.pods, candidate).candidate.toSorted((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1));
  if (pods.some((pod) => conditionIsTrue(pod, "Ready") !== undefined)) return undefined;
  const container = appContainerOf(snapshot, candidate);
  return pods.map((pod) => questionFor(pod, container)).find((found) => found !== undefined);
}

function appContainerOf(snapshot: Snapshot, candidate: string): unknown {
  const { name } = snapshot.app.metadata;
  const deployment = [webCanaryName(name), webName(name)]
    .map((each) => findOwned(snapshot, "Deployment", each))
    .find((found) => found !== undefined && releaseOf(found) === candidate);
  return containerNamed(read(deployment, "spec", "template", "spec", "containers"), "app");
}

function containerNamed(list: unknown, name: string): unknown {
  return readList(list).find((each) => read(each, "name") === name);
}

function questionFor(pod: LiveObject, container: unknown): ProbeSampling | undefined {
  const status = containerNamed(read(pod, "status", "containerStatuses"), "app");
  const runsSince = readString(read(status, "state", "running", "startedAt"));
  const address = readString(read(pod, "status", "podIP"));
  if (runsSince === undefined || address === undefined) return undefined;
  const hasStarted = read(status, "started") === true || read(container, "startupProbe") === undefined;
  const probe = hasStarted ? "readinessProbe" : "startupProbe";
  const get = read(container, probe, "httpGet");
  const port = portOf(container, read(get, "port"));
  const headers = readList(read(get, "httpHeaders"));
  const isPlain = readString(read(get, "scheme")) !== "HTTPS" && headers.every((header) => read(header, "name") === "Host");
  if (port === undefined || !isPlain) return undefined;
  const host = readString(read(headers[0], "value"));
  return { pod: pod.metadata.name, address, port, path: readString(read(get, "path")) ?? "/", host, probe, runsSince };
}

function portOf(container: unknown, port: unknown): number | undefined {
  if (typeof port === "number") return port;
  const named = containerNamed(read(container, "ports"), readString(port) ?? "");
  const found = read(named, "containerPort");
  return typeof found === "number" ? found : undefined;
}
