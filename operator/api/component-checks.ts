import { isMember } from "./membership.ts";
import type { Problem } from "./problem.ts";
import type { ScalableApp } from "./scalable-app.ts";

type Check = (app: ScalableApp) => readonly Problem[];

/** Names that the operator's own Services bear after the app's. */
const SERVICE_NAMES = ["web", "web-canary", "web-preview", "redis-cache", "redis-queue"];

/** The rules about components and what they have of their own. */
export const COMPONENT_CHECKS: readonly Check[] = [checkWorkerServices, checkRoutePaths, checkMembers, checkVolumePaths];

function problemIf(wrong: boolean, path: string, message: string): readonly Problem[] {
  return wrong ? [{ path, message }] : [];
}

function checkWorkerServices({ spec }: ScalableApp): readonly Problem[] {
  return spec.workers.flatMap(({ name, port }, index) =>
    problemIf(
      port !== undefined && SERVICE_NAMES.includes(name),
      `spec.workers[${index}].name`,
      `"${name}" with a port would need a Service of the operator's own name: choose another name than ${SERVICE_NAMES.join(", ")}`,
    ),
  );
}

function checkRoutePaths({ spec }: ScalableApp): readonly Problem[] {
  const listening = spec.workers.filter(({ port }) => port !== undefined).map(({ name }) => name);
  const offered = listening.length === 0 ? "no worker has a port yet" : `those with a port are ${listening.join(", ")}`;
  return (spec.routing?.paths ?? []).flatMap(({ path, component }, index) => [
    ...problemIf(
      !listening.includes(component),
      `spec.routing.paths[${index}].component`,
      `"${component}" is no worker with a port: add port to it, or name another (${offered})`,
    ),
    ...problemIf(path === "/", `spec.routing.paths[${index}].path`, '"/" belongs to the web component: name a longer path'),
    ...problemIf(
      spec.routing?.webSockets.includes(path) === true,
      `spec.routing.paths[${index}].path`,
      `"${path}" is in spec.routing.webSockets too, which leads to the web component: remove it from one of them`,
    ),
  ]);
}

function checkMembers({ spec }: ScalableApp): readonly Problem[] {
  const names = componentsOf(spec).map(({ name }) => name);
  const holders = (["initContainers", "sidecars", "volumes"] as const).flatMap((list) =>
    spec[list].map(({ components }, index) => [`spec.${list}[${index}].components`, components] as const),
  );
  return holders.flatMap(([path, components]) =>
    components.flatMap((member, index) =>
      problemIf(
        /^(?:worker|schedule)-/u.test(member) && !names.includes(member),
        `${path}[${index}]`,
        `"${member}" is no component of the app: use one of web, workers, schedules, migration, ${names.join(", ")}`,
      ),
    ),
  );
}

/** Every component that the app may have, with its component label. */
export function componentsOf({ workers, schedules }: ScalableApp["spec"]): readonly Parameters<typeof isMember>[1][] {
  return [
    { name: "web", group: "web" },
    ...workers.map(({ name }) => ({ name: `worker-${name}`, group: "workers" as const })),
    ...schedules.map(({ name }) => ({ name: `schedule-${name}`, group: "schedules" as const })),
    { name: "migration", group: "migration" },
    { name: "contract", group: "migration" },
  ];
}

/** The component labels of the pods that a list of components stands for. */
export function memberNames(spec: ScalableApp["spec"], components: readonly string[]): readonly string[] {
  return componentsOf(spec)
    .filter((component) => isMember(components, component))
    .map(({ name }) => name);
}

function checkVolumePaths({ spec }: ScalableApp): readonly Problem[] {
  const taken = new Set(["/", ...spec.scratch, ...spec.files.map(({ path }) => path)]);
  const members = spec.volumes.map(({ components }) => memberNames(spec, components));
  return spec.volumes.flatMap(({ path }, index) => {
    const earlier = spec.volumes.slice(0, index).flatMap((other, at) => (other.path === path ? (members[at] ?? []) : []));
    return problemIf(
      taken.has(path) || (members[index] ?? []).some((name) => earlier.includes(name)),
      `spec.volumes[${index}].path`,
      `"${path}" is taken: choose a directory that is neither "/" nor in spec.scratch, spec.files or another volume of the same component`,
    );
  });
}
