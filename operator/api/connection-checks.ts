import type { EnvVar } from "./env.ts";
import type { Problem } from "./problem.ts";
import type { EffectiveSpec, ScalableApp } from "./scalable-app.ts";

/** The names that a text refers to as $(NAME), which Kubernetes replaces; $$(NAME) stays as it is. */
export function namesIn(text: string): readonly string[] {
  return [...text.matchAll(/(?<escape>\$\$)|\$\((?<name>[^()]+)\)/gu)].flatMap(({ groups }) => groups?.["name"] ?? []);
}

interface Holder {
  readonly path: string;
  readonly env: readonly EnvVar[];
  readonly command?: readonly string[];
  readonly args?: readonly string[];
}

/**
 * That $(DATABASE_HOST) and its like are known where they are named: a part of a URL that only a Secret knows would otherwise reach the
 * program as the text itself.
 */
export function checkConnectionParts({ spec }: ScalableApp): readonly Problem[] {
  const own = new Set(spec.env.map(({ name }) => name));
  return holders(spec).flatMap(({ path, env, command = [], args = [] }) => {
    const given = new Set([...own, ...env.map(({ name }) => name)]);
    const texts: readonly (readonly [string, string])[] = [
      ...env.map(({ value = "" }, index) => [`${path}.env[${index}].value`, value] as const),
      ...command.map((word, index) => [`${path}.command[${index}]`, word] as const),
      ...args.map((word, index) => [`${path}.args[${index}]`, word] as const),
    ];
    return texts.flatMap(([at, text]) =>
      namesIn(text)
        .filter((name) => !given.has(name))
        .flatMap((name) => problemOf(spec, name).map((message) => ({ path: at, message }))),
    );
  });
}

function holders(spec: EffectiveSpec): readonly Holder[] {
  const lists = (["workers", "schedules", "initContainers", "sidecars"] as const).flatMap((list) =>
    spec[list].map((entry, index) => ({ ...entry, path: `spec.${list}[${index}]` })),
  );
  const { migration } = spec;
  return [
    { path: "spec", env: spec.env },
    { ...spec.web, path: "spec.web" },
    ...lists,
    ...(migration === undefined ? [] : [{ ...migration, path: "spec.migration" }]),
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
