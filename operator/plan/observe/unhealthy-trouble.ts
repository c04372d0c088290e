import { requestHost } from "../../api/host-header.ts";
import type { ScalableApp } from "../../api/scalable-app.ts";
import { fieldOfComponent, fieldOfContainer } from "./component-fields.ts";
import type { PodEvent } from "./pod-events.ts";
import type { ProbeQuestion } from "./probe-answers.ts";
import { describeProbeAnswer } from "./probe-trouble.ts";
import { quoted } from "./quoted.ts";

/** Whose events they are. */
interface Subject {
  readonly app: ScalableApp;
  readonly component: string;
}

/** Which failed probes count. */
export interface Wanted {
  /** Default: of any container. */
  readonly container?: string;
  /** ISO 8601: what was seen before says nothing of today. Default: all counts. */
  readonly since?: string | undefined;
  /** Default: any. */
  readonly probes?: readonly ProbeQuestion["probe"][];
}

const kinds = { Startup: "startupProbe", Readiness: "readinessProbe", Liveness: "livenessProbe" } as const;

interface Failed {
  readonly word: string;
  readonly probe: ProbeQuestion["probe"];
  readonly container: string;
  readonly said: string;
}

/** What the kubelet's newest failed probe says, and which field to change; undefined where none is wanted. */
export function describeUnhealthy(events: readonly PodEvent[], subject: Subject, wanted: Wanted = {}): string | undefined {
  const { container, since = "", probes } = wanted;
  const failed = events
    .filter(({ reason, at }) => reason === "Unhealthy" && Date.parse(at) >= (Date.parse(since) || 0))
    .flatMap((event) => readFailed(event) ?? [])
    .find((each) => (container ?? each.container) === each.container && (probes?.includes(each.probe) ?? true));
  if (failed === undefined) return undefined;
  return failed.container === "app" && !subject.component.startsWith("redis-")
    ? describeApp(failed, subject)
    : describeOther(failed, subject);
}

function readFailed({ message, container = "app" }: PodEvent): Failed | undefined {
  const [, kind, said = ""] = /^(Startup|Readiness|Liveness) probe (?:failed|errored[^:]*):? ?(.*)$/su.exec(message) ?? [];
  if (kind !== "Startup" && kind !== "Readiness" && kind !== "Liveness") return undefined;
  return { word: kind.toLowerCase(), probe: kinds[kind], container, said: quoted(said.replace(/^Get "[^"]*": /u, "")) };
}

/** Of a container that is not the app's own. */
function describeOther({ word, probe, container, said }: Failed, { app, component }: Subject): string {
  const field = fieldOfContainer(app, component, container);
  const isOperators = container === "pgbouncer" || component.startsWith("redis-");
  const change = isOperators
    ? `read its log (kubectl logs -c ${container}); the field is ${field}`
    : `correct ${probe} of ${field}, or what it asks`;
  return `${word} of container ${container} fails${said === "" ? "" : `: ${said}`}: ${change}`;
}

function describeApp(failed: Failed, subject: Subject): string {
  const { word, probe, said } = failed;
  const field = fieldOfComponent(subject.component);
  const question = questionOf(failed, subject);
  const [, status] = /statuscode: (\d{3})/u.exec(said) ?? [];
  if (status !== undefined) return describeProbeAnswer(subject.component, { ...question, outcome: Number(status) });
  if (/connection refused/u.test(said)) return describeProbeAnswer(subject.component, { ...question, path: undefined, outcome: "refused" });
  const health = `${field}.health`;
  if (/deadline exceeded|timed? ?out|DeadlineExceeded/iu.test(said)) {
    return `${word} gets no answer within ${question.timeoutSeconds} s (${said}): raise ${health}.timeoutSeconds, or let the check wait for nothing`;
  }
  if (question.type === "exec") {
    const printed = said === "" ? "it ends with another code than 0" : said;
    const isMissing = /executable file not found|no such file|permission denied/iu.test(said);
    return `${word} fails by its command: ${printed}: correct ${health}.command${isMissing ? ", which must name a program of the image" : ", or what it checks"}`;
  }
  return `${word} fails: ${said === "" ? "without a word" : said}: check ${health} (${probe}, or the overlay that changes it), and read the log of the app`;
}

/** What the spec lets the kubelet ask. */
function questionOf({ probe }: Failed, { app: { spec }, component }: Subject): ProbeQuestion & { readonly type: string } {
  const worker = spec.workers.find(({ name }) => component === `worker-${name}`);
  const asked = component === "web" ? spec.web : worker;
  const { port = 0, health } = asked ?? {};
  if (health === undefined) return { probe, port, path: undefined, host: undefined, timeoutSeconds: 3, type: "http" };
  const { ready = health.live, live = ready, timeoutSeconds, type = "http" } = health;
  const path = probe === "readinessProbe" ? ready : live;
  return { probe, port, path, host: requestHost(health, spec.routing), timeoutSeconds, type };
}
