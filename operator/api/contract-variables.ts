import type { ComponentGroup } from "./membership.ts";
import type { Postgres } from "./postgres.ts";
import type { EffectiveSpec } from "./scalable-app.ts";

/** Variables of ours that the components of one group alone get, whatever the spec says. */
export const VARIABLES_OF_ONE_GROUP = { SCALABLEAPP_RUN_ID: "schedules", DATABASE_DIRECT_URL: "migration" } as const;

const ALWAYS = ["PORT", "SCALABLEAPP_NAME", "SCALABLEAPP_COMPONENT", "SCALABLEAPP_RELEASE", "SCALABLEAPP_TRACK"];
const PARTS = ["HOST", "PORT", "USER", "PASSWORD"];
const DATABASE_PARTS = ["HOST", "PORT", "NAME", "USER", "PASSWORD"];

/**
 * The variables that the operator sets in the containers of a component, in this order: the one place that says which there are. Their values
 * are in resources/pod/environment.ts.
 */
export function contractVariables(spec: EffectiveSpec, group: ComponentGroup): readonly string[] {
  return [
    ...ALWAYS,
    ...(group === VARIABLES_OF_ONE_GROUP.SCALABLEAPP_RUN_ID ? ["SCALABLEAPP_RUN_ID"] : []),
    ...databaseVariables(spec.postgres, group),
    ...redisVariables("REDIS_CACHE", spec.redis?.cache),
    ...redisVariables("REDIS_QUEUE", spec.redis?.queue),
  ];
}

/** Every name of ours in some app and component, but for those of single replicas. */
export const CONTRACT_NAMES: readonly string[] = [
  ...ALWAYS,
  ...Object.keys(VARIABLES_OF_ONE_GROUP),
  ...["URL", ...DATABASE_PARTS, "REPLICA_URLS"].map((part) => `DATABASE_${part}`),
  "PGSSLROOTCERT",
  ...["REDIS_CACHE", "REDIS_QUEUE"].flatMap((server) => ["URL", ...PARTS].map((part) => `${server}_${part}`)),
];

/** Whether a name is one of ours, in some app and component. */
export function isContractName(name: string): boolean {
  return CONTRACT_NAMES.includes(name) || /^DATABASE_REPLICA_\d+_URL$/u.test(name);
}

/** Whether the URLs of a component's database lead through the pooler; those of migrations never do. */
export function hasPooledUrls({ pooler }: Pick<Postgres, "pooler">, group: ComponentGroup): boolean {
  return pooler.mode !== "none" && group !== VARIABLES_OF_ONE_GROUP.DATABASE_DIRECT_URL;
}

function databaseVariables(postgres: Postgres | undefined, group: ComponentGroup): readonly string[] {
  if (postgres === undefined) return [];
  const { pooler, partsFrom, replicas, tls } = postgres;
  const parts = pooler.mode !== "none" || partsFrom !== undefined ? DATABASE_PARTS.map((part) => `DATABASE_${part}`) : [];
  const all = replicas.length === 0 ? [] : ["DATABASE_REPLICA_URLS"];
  if (hasPooledUrls(postgres, group)) return [...parts, "DATABASE_URL", ...all];
  return [
    ...parts,
    "DATABASE_URL",
    ...(group === VARIABLES_OF_ONE_GROUP.DATABASE_DIRECT_URL ? ["DATABASE_DIRECT_URL"] : []),
    ...replicas.map((_, index) => `DATABASE_REPLICA_${index}_URL`),
    ...all,
    ...(tls === undefined ? [] : ["PGSSLROOTCERT"]),
  ];
}

type Redis = NonNullable<NonNullable<EffectiveSpec["redis"]>["cache"]>;

function redisVariables(prefix: string, redis: Redis | undefined): readonly string[] {
  if (redis === undefined) return [];
  const parts = redis.urlFrom === undefined || redis.partsFrom !== undefined ? PARTS : [];
  return [...parts, "URL"].map((part) => `${prefix}_${part}`);
}
