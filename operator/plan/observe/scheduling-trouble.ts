import type { ScalableApp } from "../../api/scalable-app.ts";
import { read, readList, readString } from "../../base/read.ts";
import { memberNames } from "../../api/component-checks.ts";
import { fieldOfComponent, fieldOfContainer, fieldOfSharedVolume } from "./component-fields.ts";
import { quoted } from "./quoted.ts";

/** Whose pod the scheduler speaks of. */
interface Subject {
  readonly app: ScalableApp;
  readonly component: string;
}

/** What keeps a pod from some nodes, and what to change; undefined: nothing of the app. */
interface Obstacle {
  readonly words: string;
  readonly remedy?: string | undefined;
}

type Reading = (found: RegExpExecArray, subject: Subject) => Obstacle;

const addNodes = "add nodes";

/** The scheduler's words for one kind of node (or for all), and what they mean; the first that fits. */
const readings: readonly (readonly [pattern: RegExp, reading: Reading])[] = [
  [
    /^Insufficient (\S+)/u,
    ([, resource = ""], subject) => ({
      words: `too little free ${resource}`,
      remedy: `lower ${requestsField(subject, resource)}, or ${addNodes}`,
    }),
  ],
  [/^Too many pods/u, () => ({ words: "no room for one more pod", remedy: addNodes })],
  [/taints?\S* \{node\.kubernetes\.io\/(?:not-ready|unreachable)/u, () => ({ words: "not ready", remedy: "see kubectl get nodes" })],
  [
    /taints?\S* \{([^:}]+): ?([^}]*)\}/u,
    ([, key, value = ""], subject) => ({
      words: `the taint ${key}${value === "" ? "" : `=${value}`}`,
      remedy: `tolerate it in ${schedulingField(subject, "tolerations")}`,
    }),
  ],
  [
    /taint/u,
    (_found, subject) => ({
      words: "taints that are not tolerated",
      remedy: `tolerate them in ${schedulingField(subject, "tolerations")}`,
    }),
  ],
  [
    /node affinity\/selector|node selector|node affinity$/u,
    (_found, subject) => ({ words: "other labels than asked for", remedy: `correct ${schedulingField(subject, "nodeSelector")}` }),
  ],
  [
    /volume node affinity conflict|PersistentVolume's node affinity/iu,
    (_found, subject) => ({
      words: "out of reach of its volume, which is bound to another zone or node",
      remedy: `let ${schedulingField(subject, "nodeSelector")} allow the zone of the volume, or use ${claimField(subject)}`,
    }),
  ],
  [
    /topology spread/u,
    (_found, subject) => ({
      words: "full by the spread",
      remedy: `correct ${schedulingField(subject, "spread")}, or the overlay that spreads the pods`,
    }),
  ],
  [
    /anti-affinity|pod affinity/u,
    () => ({ words: "excluded by an affinity between pods", remedy: "correct the overlay that sets it, or add nodes" }),
  ],
  [/free ports/u, () => ({ words: "a taken host port", remedy: "remove hostPort from the overlay" })],
  [/were unschedulable/u, () => ({ words: "cordoned", remedy: "uncordon them (kubectl uncordon)" })],
  [/max volume count/u, () => ({ words: "no room for one more volume", remedy: addNodes })],
  [
    /persistentvolumeclaim "([^"]+)" not found/u,
    ([, claim], subject) => ({ words: `no PersistentVolumeClaim ${claim}`, remedy: `create it, or correct ${claimField(subject, claim)}` }),
  ],
  [
    /unbound immediate PersistentVolumeClaims|available persistent volumes to bind|no StorageClass|storageclass/iu,
    (_found, subject) => ({
      words: "no volume for its PersistentVolumeClaim",
      remedy: `correct ${claimField(subject)}, and see kubectl describe pvc for why it is not bound`,
    }),
  ],
];

/** Why the scheduler finds no node, in plain words with the fields to change: "fits on none of 3 nodes: too little free cpu (3): lower ...". */
export function describeUnschedulable(message: string, subject: Subject): string {
  const [main = ""] = message.split(/\.? (?:preemption|no new claims)(?::| )/u);
  if (main.startsWith("no nodes available")) return `fits on no node: the cluster has none: ${addNodes}`;
  const [, total, list = main] = /^0\/(\d+) nodes are available: (.*)$/su.exec(main) ?? [];
  const obstacles = splitReasons(list.replace(/\.$/u, "")).map((part) => readPart(part, subject));
  const words = obstacles.map(({ words: each }) => each).join(", ");
  const remedies = [...new Set(obstacles.flatMap(({ remedy }) => remedy ?? []))];
  const all = remedies.length === 0 ? `the fields are ${requestsField(subject, "cpu")} and scheduling` : remedies.join("; ");
  return `fits on ${total === undefined || total === "0" ? "no node" : `none of ${total} nodes`}: ${words}: ${all}`;
}

/** Taints hold commas of their own. */
function splitReasons(list: string): readonly string[] {
  return list
    .split(/, (?![^{]*\})/u)
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function readPart(part: string, subject: Subject): Obstacle {
  const [, count, said = part] = /^(\d+) (?:node\(s\) )?(.*)$/su.exec(part) ?? [];
  const amount = count === undefined ? "" : ` (${count})`;
  for (const [pattern, reading] of readings) {
    const found = pattern.exec(said);
    if (found === null) continue;
    const { words, remedy } = reading(found, subject);
    return { words: `${words}${amount}`, remedy };
  }
  return { words: quoted(part) };
}

function requestsField({ app, component }: Subject, resource: string): string {
  const field = fieldOfContainer(app, component, "app");
  return component.startsWith("redis-") && resource === "memory" ? `${field}.memory` : `${field}.resources.requests`;
}

/** A component's own field, where it has one, else that of the app. */
function schedulingField({ app, component }: Subject, name: string): string {
  const { spec } = app;
  const owner =
    component === "web" || component === "migration"
      ? spec[component]
      : [...spec.workers, ...spec.schedules].find((each) => fieldOfComponent(component).endsWith(`[${each.name}]`));
  return read(owner, "scheduling", name) === undefined ? `scheduling.${name}` : `${fieldOfComponent(component)}.scheduling.${name}`;
}

function claimField({ app, component }: Subject, claim?: string): string {
  if (component.startsWith("redis-")) return "redis.queue.storageClassName";
  const found = app.spec.volumes.filter(
    ({ claimName, components }) => (claim === undefined || claimName === claim) && memberNames(app.spec, components).includes(component),
  );
  return found.length === 0 ? "the volumes of the overlay" : found.map(fieldOfSharedVolume).join(", ");
}

/** Who keeps a pod from the scheduler, by its gates. */
export function describeGates(pod: unknown): string {
  const gates = readList(read(pod, "spec", "schedulingGates")).flatMap((gate) => readString(read(gate, "name")) ?? []);
  const named = gates.length === 0 ? "a scheduling gate" : `the scheduling gate ${gates.join(", ")}`;
  return `${named} keeps it from the scheduler: whoever sets it (a queue such as Kueue, an admission webhook, an overlay) must take it off; no other field of the app has a say in it`;
}
