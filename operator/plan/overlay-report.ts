import { isDeepStrictEqual } from "node:util";
import type { ScalableApp } from "../api/scalable-app.ts";
import { COMPONENT_LABEL } from "../api/labels.ts";
import { buildChildren, type Child } from "../resources/children.ts";
import type { RenderContext } from "../resources/context.ts";
import { podSpecOf } from "./pod-spec.ts";
import { findLoosened } from "./pod-restrictions.ts";
import { read, readCount, readList } from "../base/read.ts";

/** What an overlay takes back of what the operator promises. */
export interface OverlayFinding {
  /** The key in `spec.overlays`. */
  readonly overlay: string;
  /** Such as "concurrencyPolicy". */
  readonly field: string;
  readonly consequence: string;
}

/** A field of a child that carries a promise; a change of it takes the promise back. */
interface Promised {
  readonly kinds: readonly string[];
  readonly path: readonly string[];
  readonly consequence: string;
}

const twice = "a run may happen twice";

const promises: readonly Promised[] = [
  { kinds: ["CronJob"], path: ["spec", "concurrencyPolicy"], consequence: "runs of the schedule may overlap" },
  ...["parallelism", "completions"].flatMap((field): Promised[] => [
    { kinds: ["CronJob"], path: ["spec", "jobTemplate", "spec", field], consequence: twice },
    { kinds: ["Job"], path: ["spec", field], consequence: "the migration may run twice" },
  ]),
  { kinds: ["CronJob"], path: ["spec", "jobTemplate", "spec", "backoffLimit"], consequence: twice },
  { kinds: ["Job"], path: ["spec", "backoffLimit"], consequence: "the migration may run twice" },
  { kinds: ["Deployment"], path: ["spec", "strategy"], consequence: "a release may take away more pods than rollout.rolling allows" },
];

/** Of containers, by name. */
const ofContainers: readonly (readonly [container: string, field: string, consequence: string])[] = [
  ["redis", "args", "its limit of memory, its persistence and its eviction are no longer those of the spec"],
  ["redis", "command", "its limit of memory, its persistence and its eviction are no longer those of the spec"],
  ["pgbouncer", "args", "the pooler may not find its databases"],
  ["pgbouncer", "command", "the pooler may not find its databases"],
];

/** What the overlays of an app take back of what the operator promises; without overlays nothing is built. */
export function reportOverlays(app: ScalableApp, context: RenderContext): readonly OverlayFinding[] {
  return overlaid(app, context).flatMap(([before, after]) => {
    const overlay = overlayOf(after);
    const found = [...changedPromises(before, after), ...changedContainers(before, after), ...shortened(before, after)];
    return found.map(([field, consequence]) => ({ overlay, field, consequence }));
  });
}

/** What overlays open of the lock-down, as "overlays[web]: hostNetwork is true". */
export function loosenedByOverlays(app: ScalableApp, context: RenderContext): readonly string[] {
  const found = overlaid(app, context).flatMap(([before, after]) => {
    const was = new Set(findLoosened(podSpecOf(before.object)));
    const opened = findLoosened(podSpecOf(after.object)).filter((each) => !was.has(each));
    return opened.length === 0 ? [] : [`spec.overlays[${overlayOf(after)}]: ${opened.join(", ")}`];
  });
  return [...new Set(found)];
}

/** Every child that runs pods, without and with its overlay. */
function overlaid(app: ScalableApp, context: RenderContext): readonly (readonly [before: Child, after: Child])[] {
  if (Object.keys(app.spec.overlays).length === 0) return [];
  const plain = new Map(buildChildren({ ...app, spec: { ...app.spec, overlays: {} } }, context).map((child) => [child.role, child]));
  return buildChildren(app, context).flatMap((after) => {
    const before = plain.get(after.role);
    return before === undefined || podSpecOf(after.object) === undefined ? [] : [[before, after] as const];
  });
}

function overlayOf({ object }: Child): string {
  return object.metadata.labels[COMPONENT_LABEL] ?? "";
}

type Finding = readonly [field: string, consequence: string];

function changedPromises(before: Child, after: Child): readonly Finding[] {
  return promises
    .filter(({ kinds, path }) => kinds.includes(after.object.kind) && differs(before.object, after.object, path))
    .map(({ path, consequence }) => [path.at(-1) ?? "", consequence]);
}

function changedContainers(before: Child, after: Child): readonly Finding[] {
  return ofContainers.flatMap(([name, field, consequence]) => {
    const was = containerOf(before, name);
    const isChanged = was !== undefined && differs(was, containerOf(after, name), [field]);
    return isChanged ? [[`${field} of container ${name}`, consequence] as const] : [];
  });
}

/** Probes that are gone, and less time to drain than the spec gives. */
function shortened(before: Child, after: Child): readonly Finding[] {
  const [was, is] = [containerOf(before, "app"), containerOf(after, "app")];
  const lost = (["startupProbe", "readinessProbe", "livenessProbe"] as const)
    .filter((probe) => read(was, probe) !== undefined && read(is, probe) === undefined)
    .map((probe): Finding => [`${probe} of container app`, "a pod that does not work is not noticed"]);
  const cutsShort = read(was, "lifecycle", "preStop") !== undefined && read(is, "lifecycle", "preStop") === undefined;
  const grace = (child: Child) => readCount(read(podSpecOf(child.object), "terminationGracePeriodSeconds"));
  return [
    ...lost,
    ...(cutsShort ? [["lifecycle.preStop of container app", "requests may be cut off when a pod ends"] as const] : []),
    ...(grace(after) < grace(before)
      ? [["terminationGracePeriodSeconds", "requests or jobs may be cut off when a pod ends"] as const]
      : []),
  ];
}

function containerOf({ object }: Child, name: string): unknown {
  const spec = podSpecOf(object);
  return [...readList(read(spec, "initContainers")), ...readList(read(spec, "containers"))].find((each) => read(each, "name") === name);
}

function differs(before: unknown, after: unknown, path: readonly string[]): boolean {
  return !isDeepStrictEqual(read(before, ...path), read(after, ...path));
}
