import { contractVariables } from "./contract-variables.ts";
import type { EnvVar } from "./env.ts";
import { didYouMean } from "./nearest.ts";
import type { Problem } from "./problem.ts";
import type { ScalableApp } from "./scalable-app.ts";

/** Everything that is wrong with environment variables beyond their form. */
export function checkEnvironment(app: ScalableApp): readonly Problem[] {
  return [
    ...checkPort(app),
    ...lists(app).flatMap(({ path, env }) => [...checkReferences(app, path, env), ...checkResourceFields(app, path, env)]),
  ];
}

interface EnvList {
  readonly path: string;
  readonly env: readonly EnvVar[];
}

function lists({ spec }: ScalableApp): readonly EnvList[] {
  return [
    { path: "spec.env", env: spec.env },
    ...(["initContainers", "sidecars"] as const).flatMap((list) =>
      spec[list].map(({ env }, index) => ({ path: `spec.${list}[${index}].env`, env })),
    ),
  ];
}

function checkPort({ spec }: ScalableApp): readonly Problem[] {
  const index = spec.env.findIndex(({ name }) => name === "PORT");
  if (index < 0 || spec.env[index]?.value === String(spec.web.port)) return [];
  const message = `must be ${spec.web.port}, as web.port is, because probes and the Service go there: remove PORT here, or set web.port to the port that the app listens on`;
  return [{ path: `spec.env[${index}].value`, message }];
}

function checkReferences(app: ScalableApp, path: string, env: readonly EnvVar[]): readonly Problem[] {
  const own = env.map(({ name }) => name);
  // A variable of ours that the user sets too is left to the user, and stands where the user's stands.
  const ours = contractVariables(app.spec).filter((name) => !own.includes(name));
  return env.flatMap(({ value = "" }, index) => {
    const known = new Set([...ours, ...own.slice(0, index)]);
    const unknown = referencesIn(value).filter((name) => !known.has(name) && !name.startsWith("KUBERNETES_"));
    return unknown.map((name) => ({
      path: `${path}[${index}].value`,
      message: unresolved(name, { known: [...known], later: own.slice(index) }),
    }));
  });
}

function unresolved(name: string, { known, later }: { readonly known: readonly string[]; readonly later: readonly string[] }): string {
  if (later.includes(name)) return `refers to $(${name}), which is set later in the list: move ${name} before it`;
  return `refers to $(${name}), which no variable before it sets${didYouMean(name, known)}: correct the name, add the variable before it (keys of envFrom cannot be referred to), or write $$(${name}) for the text itself`;
}

/** The names in `$(NAME)`; `$$` stands for a plain dollar. https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/ */
export function referencesIn(value: string): readonly string[] {
  return [...value.matchAll(/\$\$|\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)/gu)].flatMap(([, name]) => (name === undefined ? [] : [name]));
}

function checkResourceFields({ spec }: ScalableApp, path: string, env: readonly EnvVar[]): readonly Problem[] {
  const containers = ["app", ...spec.sidecars.map(({ name }) => name), ...spec.initContainers.map(({ name }) => name)];
  return env.flatMap(({ valueFrom }, index) => {
    const name = valueFrom?.resourceFieldRef?.containerName;
    if (name === undefined || containers.includes(name)) return [];
    const message = `"${name}" is no container of the pod${didYouMean(name, containers)}: use one of ${containers.join(", ")}`;
    return [{ path: `${path}[${index}].valueFrom.resourceFieldRef.containerName`, message }];
  });
}
