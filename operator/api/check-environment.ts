import { contractVariables } from "./contract-variables.ts";
import type { EnvFrom, EnvVar } from "./env.ts";
import { didYouMean } from "./nearest.ts";
import type { Problem } from "./problem.ts";
import type { EffectiveSpec, ScalableApp } from "./scalable-app.ts";
import { referencesIn } from "./variable-references.ts";

/** Everything that is wrong with environment variables beyond their form. */
export function checkEnvironment(app: ScalableApp): readonly Problem[] {
  return [
    ...checkPort(app),
    ...holders(app.spec).flatMap((holder) => [
      ...checkReferences(app, holder),
      ...checkReplaced(app, holder),
      ...checkResourceFields(app, holder),
    ]),
  ];
}

/** Who has variables: the app as a whole, a component, or a container beside the app. */
interface Holder {
  readonly path: string;
  readonly of: "app" | "component" | "container";
  readonly env: readonly EnvVar[];
  readonly envFrom: readonly EnvFrom[];
}

function holders(spec: EffectiveSpec): readonly Holder[] {
  const listed = (["workers", "schedules"] as const).flatMap((list) =>
    spec[list].map(({ env, envFrom }, index) => ({ path: `spec.${list}[${index}]`, of: "component", env, envFrom }) as const),
  );
  const containers = (["initContainers", "sidecars"] as const).flatMap((list) =>
    spec[list].map(({ env, envFrom }, index) => ({ path: `spec.${list}[${index}]`, of: "container", env, envFrom }) as const),
  );
  const { web, migration } = spec;
  return [
    { path: "spec", of: "app", env: spec.env, envFrom: spec.envFrom },
    { path: "spec.web", of: "component", env: web.env, envFrom: web.envFrom },
    ...listed,
    ...(migration === undefined
      ? []
      : [{ path: "spec.migration", of: "component", env: migration.env, envFrom: migration.envFrom } as const]),
    ...containers,
  ];
}

function checkPort({ spec }: ScalableApp): readonly Problem[] {
  const wrong = [
    { path: "spec.env", env: spec.env },
    { path: "spec.web.env", env: spec.web.env },
  ].flatMap(({ path, env }) => {
    const index = env.findIndex(({ name }) => name === "PORT");
    if (index < 0 || env[index]?.value === String(spec.web.port)) return [];
    const message = `must be ${spec.web.port}, as web.port is, because probes and the Service go there: remove PORT here, or set web.port to the port that the app listens on`;
    return [{ path: `${path}[${index}].value`, message }];
  });
  return [...wrong, ...(wrong.length === 0 ? checkWorkerPorts(spec) : [])];
}

/** What the app as a whole sets wins over the PORT of a worker that listens on another. */
function checkWorkerPorts({ env, web, workers }: EffectiveSpec): readonly Problem[] {
  const index = env.findIndex(({ name }) => name === "PORT");
  if (index < 0) return [];
  return workers
    .filter((worker) => worker.port !== undefined && worker.port !== web.port && worker.env.every(({ name }) => name !== "PORT"))
    .map(({ name, port }) => ({
      path: `spec.env[${index}].value`,
      message: `would be the PORT of worker ${name} too, which listens on ${port}: remove PORT here, for every component has its own already`,
    }));
}

/** A key of envFrom can be referred to as well, and only the cluster knows which there are. */
function mayBeBroughtBySource({ spec }: ScalableApp, { of, envFrom }: Holder): boolean {
  if (envFrom.length > 0) return true;
  if (of === "component") return spec.envFrom.length > 0;
  return of === "app" && holders(spec).some((other) => other.of === "component" && other.envFrom.length > 0);
}

function checkReferences(app: ScalableApp, holder: Holder): readonly Problem[] {
  if (mayBeBroughtBySource(app, holder)) return [];
  const { path, of, env } = holder;
  const own = env.map(({ name }) => name);
  const before = of === "component" ? app.spec.env.map(({ name }) => name) : [];
  // A variable of ours that the user sets too is left to the user, and stands where the user's stands.
  const contract = contractVariables(app.spec);
  const ours = [...contract, ...before].filter((name) => !own.includes(name));
  return env.flatMap(({ name: variable, value = "" }, index) => {
    // So a container beside the app asks for one of ours under its own name.
    const asked = of === "container" && value === `$(${variable})` && contract.includes(variable) ? [variable] : [];
    const known = new Set([...ours, ...asked, ...own.slice(0, index)]);
    const unknown = referencesIn(value).filter((name) => !known.has(name) && !name.startsWith("KUBERNETES_"));
    return unknown.map((name) => ({
      path: `${path}.env[${index}].value`,
      message: unresolved(name, { known: [...known], later: own.slice(index) }),
    }));
  });
}

function unresolved(name: string, { known, later }: { readonly known: readonly string[]; readonly later: readonly string[] }): string {
  if (later.includes(name)) return `refers to $(${name}), which is set later in the list: move ${name} before it`;
  return `refers to $(${name}), which no variable before it sets${didYouMean(name, known)}: correct the name, add the variable before it, or write $$(${name}) for the text itself`;
}

/** A component's own variable stands after those of spec.env, so that what refers to it there would find nothing. */
function checkReplaced({ spec }: ScalableApp, { path, of, env }: Holder): readonly Problem[] {
  if (of !== "component") return [];
  return env.flatMap(({ name }, index) => {
    const user = spec.env.find((other) => referencesIn(other.value ?? "").includes(name));
    const isReplaced = spec.env.some((other) => other.name === name);
    if (user === undefined || !isReplaced || env.some((other) => other.name === user.name)) return [];
    const message = `replaces ${name} of spec.env, which ${user.name} there refers to, and stands after it: give ${user.name} here too, after ${name}`;
    return [{ path: `${path}.env[${index}].name`, message }];
  });
}

function checkResourceFields({ spec }: ScalableApp, { path, env }: Holder): readonly Problem[] {
  const containers = ["app", ...spec.sidecars.map(({ name }) => name), ...spec.initContainers.map(({ name }) => name)];
  return env.flatMap(({ valueFrom }, index) => {
    const name = valueFrom?.resourceFieldRef?.containerName;
    if (name === undefined || containers.includes(name)) return [];
    const message = `"${name}" is no container of the pod${didYouMean(name, containers)}: use one of ${containers.join(", ")}`;
    return [{ path: `${path}.env[${index}].valueFrom.resourceFieldRef.containerName`, message }];
  });
}
