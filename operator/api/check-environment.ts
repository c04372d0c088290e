import { checkReferences } from "./check-references.ts";
import { didYouMean } from "./nearest.ts";
import type { Problem } from "./problem.ts";
import type { EffectiveSpec, ScalableApp } from "./scalable-app.ts";
import { variableHolders } from "./variable-holders.ts";
import type { VariableHolder } from "./variable-holders.ts";
import { referencesIn } from "./variable-references.ts";

/** Everything that is wrong with environment variables beyond their form. */
export function checkEnvironment(app: ScalableApp): readonly Problem[] {
  return [
    ...checkPort(app),
    ...checkReferences(app),
    ...variableHolders(app.spec).flatMap((holder) => [...checkReplaced(app, holder), ...checkResourceFields(app, holder)]),
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

/** A component's own variable stands after those of spec.env, so that what refers to it there would find nothing. */
function checkReplaced({ spec }: ScalableApp, { path, of, env }: VariableHolder): readonly Problem[] {
  if (of !== "component") return [];
  return env.flatMap(({ name }, index) => {
    const user = spec.env.find((other) => referencesIn(other.value ?? "").includes(name));
    const isReplaced = spec.env.some((other) => other.name === name);
    if (user === undefined || !isReplaced || env.some((other) => other.name === user.name)) return [];
    const message = `replaces ${name} of spec.env, which ${user.name} there refers to, and stands after it: give ${user.name} here too, after ${name}`;
    return [{ path: `${path}.env[${index}].name`, message }];
  });
}

function checkResourceFields({ spec }: ScalableApp, { path, env }: VariableHolder): readonly Problem[] {
  const containers = ["app", ...spec.sidecars.map(({ name }) => name), ...spec.initContainers.map(({ name }) => name)];
  return env.flatMap(({ valueFrom }, index) => {
    const name = valueFrom?.resourceFieldRef?.containerName;
    if (name === undefined || containers.includes(name)) return [];
    const message = `"${name}" is no container of the pod${didYouMean(name, containers)}: use one of ${containers.join(", ")}`;
    return [{ path: `${path}.env[${index}].valueFrom.resourceFieldRef.containerName`, message }];
  });
}
