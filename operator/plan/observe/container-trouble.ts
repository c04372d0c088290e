import type { ScalableApp } from "../../api/scalable-app.ts";
import { fieldOfComponent, fieldsNaming } from "./component-fields.ts";
import type { ProbeAnswer } from "./probe-answers.ts";
import { describeProbeAnswer } from "./probe-trouble.ts";
import { read, readCount, readString } from "../../base/read.ts";

/** Exit codes of a process that was killed, and asked to end, from outside. */
const killed = new Set([137, 143]);

/** Why a container cannot start, with the field to change where the kubelet's words name one. */
export function describeStart(detail: string, field: string, app: ScalableApp): string {
  const remedy = startRemedy(detail, field, app);
  return remedy === undefined ? detail : `${detail}: ${remedy}`;
}

function startRemedy(detail: string, field: string, app: ScalableApp): string | undefined {
  const [, key, kind, name] = /couldn't find key (\S+) in (Secret|ConfigMap) [^/\s]+\/(\S+)/u.exec(detail) ?? [];
  if (key !== undefined && name !== undefined && (kind === "Secret" || kind === "ConfigMap")) {
    const fields = fieldsNaming(app, kind, { name, key });
    return `add the key, or correct ${fields.length === 0 ? "env" : fields.join(", ")}`;
  }
  if (/(?:secret|configmap) "[^"]+" not found/iu.test(detail)) return "create it, or correct its name in env or envFrom";
  if (/runAsNonRoot/u.test(detail)) return "set podSecurity.runAsUser to the number of a user other than 0";
  if (/executable file not found|no such file or directory|permission denied/iu.test(detail)) {
    return `correct ${field}.command, or the entrypoint of the image`;
  }
  return undefined;
}

/** The app's own container: what its kubelet asked it. */
interface Asked {
  readonly component: string;
  readonly app: ScalableApp;
  readonly answer: ProbeAnswer | undefined;
  /** What its kubelet says of the probe that it failed. */
  readonly failed: string | undefined;
}

/** How a container ends again and again; a kubelet that ends it for a failed probe is named with that probe's path. */
export function describeExit(status: unknown, asked: Asked | undefined): string {
  const last = read(status, "lastState", "terminated");
  const code = readCount(read(last, "exitCode"));
  const why = readString(read(last, "reason")) ?? "Error";
  const counts = `${why}, exit code ${code}, ${readCount(read(status, "restartCount"))} restarts`;
  const log = "read its log with kubectl logs --previous";
  if (asked === undefined || why === "OOMKilled") return `ends again and again (${counts}): ${log}`;
  const { answer, component, app, failed } = asked;
  if (answer !== undefined && answer.probe !== "readinessProbe" && (killed.has(code) || code === 0)) {
    return `is ended by its kubelet again and again (${counts}): ${describeProbeAnswer(component, answer)}`;
  }
  if (failed !== undefined && (killed.has(code) || code === 0)) return `is ended by its kubelet again and again (${counts}): ${failed}`;
  if (!killed.has(code)) return `ends again and again (${counts}): ${log}`;
  return `is ended from outside again and again, as after a failed startup or liveness probe${pathOf(component, app)} (${counts}): set ${fieldOfComponent(component)}.health.live, or ${log}`;
}

function pathOf(component: string, { spec }: ScalableApp): string {
  const health = component === "web" ? spec.web.health : spec.workers.find(({ name }) => component === `worker-${name}`)?.health;
  const isAsked = (health?.type ?? (spec.web.protocol === "grpc" ? "grpc" : "http")) === "http";
  const path = isAsked ? (health?.live ?? health?.ready) : undefined;
  return path === undefined ? "" : ` (GET ${path})`;
}
