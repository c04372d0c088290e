import { componentsOf, memberNames } from "./component-checks.ts";
import type { EnvFrom, EnvVar } from "./env.ts";
import type { ComponentGroup } from "./membership.ts";
import type { EffectiveSpec } from "./scalable-app.ts";

/** A component whose containers read variables. */
export interface VariableReader {
  /** The component label: web, worker-NAME, schedule-NAME, migration or contract. */
  readonly name: string;
  readonly group: ComponentGroup;
  /** What it has of its own, which stands after the app's and replaces it. */
  readonly env: readonly EnvVar[];
  readonly envFrom: readonly EnvFrom[];
}

/** Who has variables: the app as a whole, a component, or a container beside the app. */
export interface VariableHolder {
  readonly path: string;
  readonly of: "app" | "component" | "container";
  readonly env: readonly EnvVar[];
  readonly envFrom: readonly EnvFrom[];
  /** Texts beside the variables that may refer to them. */
  readonly command: readonly string[];
  readonly args: readonly string[];
  /** The components in whose pods it is read. */
  readonly readers: readonly VariableReader[];
}

/** Everything in a spec that has variables. */
export function variableHolders(spec: EffectiveSpec): readonly VariableHolder[] {
  const readers = readersOf(spec);
  const { web, workers, schedules, migration } = spec;
  const component = (path: string, owner: Omit<VariableHolder, "path" | "of" | "readers">, ...names: readonly string[]) => ({
    ...owner,
    path,
    of: "component" as const,
    readers: readers.filter(({ name }) => names.includes(name)),
  });
  return [
    { path: "spec", of: "app", env: spec.env, envFrom: spec.envFrom, command: [], args: [], readers },
    component("spec.web", web, "web"),
    ...workers.map((worker, index) => component(`spec.workers[${index}]`, worker, `worker-${worker.name}`)),
    ...schedules.map((schedule, index) => component(`spec.schedules[${index}]`, schedule, `schedule-${schedule.name}`)),
    ...(migration === undefined ? [] : [component("spec.migration", migration, "migration")]),
    ...(["initContainers", "sidecars"] as const).flatMap((list) =>
      spec[list].map((container, index): VariableHolder => {
        const members = memberNames(spec, container.components);
        const inside = readers.filter(({ name }) => members.includes(name));
        return { ...container, path: `spec.${list}[${index}]`, of: "container", readers: inside };
      }),
    ),
  ];
}

function readersOf(spec: EffectiveSpec): readonly VariableReader[] {
  const { web, workers, schedules, migration } = spec;
  const owners = new Map<string, Pick<VariableReader, "env" | "envFrom">>([
    ["web", web],
    ...workers.map((worker) => [`worker-${worker.name}`, worker] as const),
    ...schedules.map((schedule) => [`schedule-${schedule.name}`, schedule] as const),
    ...(migration === undefined ? [] : [["migration", migration] as const]),
  ]);
  // The contract migration reads what the migration reads.
  return componentsOf(spec).flatMap(({ name, group }) => {
    const owner = owners.get(name);
    return owner === undefined ? [] : [{ name, group, env: owner.env, envFrom: owner.envFrom }];
  });
}
