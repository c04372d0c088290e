import type { EnvFrom, EnvVar } from "./env.ts";
import type { Problem } from "./problem.ts";
import type { EffectiveSpec, ScalableApp } from "./scalable-app.ts";
import { referencesIn } from "./variable-references.ts";

interface Holder {
  readonly path: string;
  readonly env: readonly EnvVar[];
  readonly envFrom: readonly EnvFrom[];
  readonly command?: readonly string[];
  readonly args?: readonly string[];
}

/**
 * That $(DATABASE_HOST) and its like are known where they are named: a part of a URL that only a Secret knows would otherwise reach the
 * program as the text itself. Where there is an envFrom, its Secret may bring them.
 */
export function checkConnectionParts({ spec }: ScalableApp): readonly Problem[] {
  const own = new Set(spec.env.map(({ name }) => name));
  return holders(spec).flatMap(({ path, env, envFrom, command = [], args = [] }) => {
    if (envFrom.length > 0) return [];
    const given = new Set([...own, ...env.map(({ name }) => name)]);
    const texts: readonly (readonly [string, string])[] = [
      ...env.map(({ value = "" }, index) => [`${path}.env[${index}].value`, value] as const),
      ...command.map((word, index) => [`${path}.command[${index}]`, word] as const),
      ...args.map((word, index) => [`${path}.args[${index}]`, word] as const),
    ];
    return texts.flatMap(([at, text]) =>
      referencesIn(text)
        .filter((name) => !given.has(name))
        .flatMap((name) => problemOf(spec, name).map((message) => ({ path: at, message }))),
    );
  });
}

function holders(spec: EffectiveSpec): readonly Holder[] {
  const { web, workers, schedules, migration } = spec;
  const components = [
    { ...web, path: "spec.web" },
    ...workers.map((worker, index) => ({ ...worker, path: `spec.workers[${index}]` })),
    ...schedules.map((schedule, index) => ({ ...schedule, path: `spec.schedules[${index}]` })),
    ...(migration === undefined ? [] : [{ ...migration, path: "spec.migration" }]),
  ];
  const containers = (["initContainers", "sidecars"] as const).flatMap((list) =>
    spec[list].map((container, index) => ({ ...container, path: `spec.${list}[${index}]` })),
  );
  return [
    { path: "spec", env: spec.env, envFrom: spec.envFrom },
    ...components.map((component) => ({ ...component, envFrom: [...spec.envFrom, ...component.envFrom] })),
    ...containers,
  ];
}

/** What must be given before a variable of ours has a value; empty where it has one, or is none of ours. */
function problemOf(spec: EffectiveSpec, name: string): readonly string[] {
  const [, server = "", part = ""] = /^(DATABASE|REDIS_CACHE|REDIS_QUEUE)_(HOST|PORT|NAME|USER|PASSWORD)$/u.exec(name) ?? [];
  if (server === "DATABASE") {
    const { postgres } = spec;
    if (postgres === undefined || postgres.pooler.mode !== "none" || postgres.partsFrom !== undefined) return [];
    return [
      `$(${name}) is known only to the Secret while postgres.pooler.mode is none: set it to sidecar, or name the Secret's keys in spec.postgres.partsFrom`,
    ];
  }
  if (server === "" || part === "NAME") return [];
  const field = server === "REDIS_CACHE" ? "cache" : "queue";
  const redis = spec.redis?.[field];
  if (redis?.urlFrom === undefined || redis.partsFrom !== undefined) return [];
  return [`$(${name}) is known only to the Secret of the external Redis: name its keys in spec.redis.${field}.partsFrom`];
}
