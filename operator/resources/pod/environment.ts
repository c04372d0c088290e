import type { V1EnvVar } from "@kubernetes/client-node";
import { contractVariables, hasPooledUrls } from "../../api/contract-variables.ts";
import type { ComponentGroup } from "../../api/membership.ts";
import { referencesIn } from "../../api/variable-references.ts";
import type { PostgresParts, RedisParts } from "../../api/connection-parts.ts";
import type { EffectiveSpec } from "../../api/scalable-app.ts";
import type { SecretKeyReference } from "../../api/reference.ts";
import { usesPooler } from "../pgbouncer/pooler.ts";
import { pooledParts, pooledUrls } from "../pgbouncer/environment.ts";
import { databaseAuthorityFile } from "../pgbouncer/volumes.ts";
import { redisCacheName, redisQueueName } from "../names.ts";
import type { Identity } from "../metadata.ts";
import type { PodComponent } from "./component.ts";

/** The port of every managed Redis. */
export const redisPort = 6379;

/**
 * The variables that the operator promises to the containers of a component, in an order that lets later ones use earlier ones. Which
 * there are says api/contract-variables.ts, which the checks of the user's references read too.
 */
export function contractEnvironment(identity: Identity, component: PodComponent): V1EnvVar[] {
  const { app, context } = identity;
  const values: readonly V1EnvVar[] = [
    { name: "PORT", value: String(component.port ?? app.spec.web.port) },
    { name: "SCALABLEAPP_NAME", value: app.metadata.name },
    { name: "SCALABLEAPP_COMPONENT", value: component.name },
    { name: "SCALABLEAPP_RELEASE", value: context.revision },
    { name: "SCALABLEAPP_TRACK", value: component.track ?? "stable" },
    runId,
    ...databaseEnvironment(app.spec, component.group),
    ...redisServers(identity).flatMap(({ variables }) => variables),
  ];
  const byName = new Map(values.map((variable) => [variable.name, variable]));
  return contractVariables(app.spec, component.group).map((name) => {
    const variable = byName.get(name);
    if (variable === undefined) throw new Error(`no value is known for ${name}: add it here`);
    return variable;
  });
}

/** Kubernetes names the Job of a tick by the tick's minute, and all tries of a run belong to one Job. */
const runId: V1EnvVar = {
  name: "SCALABLEAPP_RUN_ID",
  valueFrom: { fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/job-name']" } },
};

/** The variables of servers that the stage fills in and of which the user says nothing. */
export function stageEnvironment(identity: Identity): V1EnvVar[] {
  return redisServers(identity).flatMap(({ byStage, variables }) => (byStage ? variables : []));
}

function redisServers({
  app: { metadata, spec, byStage },
}: Identity): readonly { readonly byStage: boolean; readonly variables: V1EnvVar[] }[] {
  const { cache, queue } = spec.redis ?? {};
  return [
    { byStage: byStage.includes("cache"), variables: redisEnvironment("REDIS_CACHE", redisCacheName(metadata.name), cache) },
    { byStage: byStage.includes("queue"), variables: redisEnvironment("REDIS_QUEUE", redisQueueName(metadata.name), queue) },
  ];
}

/** Ours, then the user's; a name that the user sets too is left to the user alone. */
export function mergeEnvironment(ours: readonly V1EnvVar[], users: readonly V1EnvVar[]): V1EnvVar[] {
  const taken = new Set(users.map(({ name }) => name));
  return [...ours.filter(({ name }) => !taken.has(name)), ...users];
}

/**
 * The variables of a container that is none of the app's: the user's, and of ours only those that they or its command name, so that no third party's
 * program gets the database's password. `{name: DATABASE_URL, value: $(DATABASE_URL)}` asks for ours under its own name.
 */
export function askedEnvironment(ours: readonly V1EnvVar[], users: readonly V1EnvVar[], words: readonly string[] = []): V1EnvVar[] {
  const asked = new Set([...users.map(({ value = "" }) => value), ...words].flatMap(referencesIn));
  // Later ones use earlier ones, so that one look from the end finds all.
  for (const { name, value = "" } of ours.toReversed()) {
    if (asked.has(name)) for (const used of referencesIn(value)) asked.add(used);
  }
  const own = users.filter(({ name, value }) => value !== `$(${name})` || !ours.some((variable) => variable.name === name));
  return mergeEnvironment(
    ours.filter(({ name }) => asked.has(name)),
    own,
  );
}

function databaseEnvironment(spec: EffectiveSpec, group: ComponentGroup): V1EnvVar[] {
  const { postgres } = spec;
  if (postgres === undefined) return [];
  const parts = usesPooler(spec) ? pooledParts(postgres) : secretParts("DATABASE", postgres.partsFrom);
  if (hasPooledUrls(postgres, group)) return [...parts, ...pooledUrls(postgres)];
  const { urlFrom, replicas } = postgres;
  return [
    ...parts,
    fromSecret("DATABASE_URL", urlFrom.secretKeyRef),
    fromSecret("DATABASE_DIRECT_URL", urlFrom.secretKeyRef),
    ...directReplicas(replicas.map((replica) => replica.urlFrom.secretKeyRef)),
    { name: "PGSSLROOTCERT", value: databaseAuthorityFile },
  ];
}

/** The parts of a connection that a Secret holds; of those without a key, an empty value. */
function secretParts(prefix: string, parts: PostgresParts | RedisParts | undefined): V1EnvVar[] {
  if (parts === undefined) return [];
  const { secretName: name, ...keys } = parts;
  const named: readonly (readonly [string, string | undefined])[] = [
    ["HOST", keys.host],
    ["PORT", keys.port],
    ...("database" in keys ? [["NAME", keys.database] as const] : []),
    ["USER", keys.user],
    ["PASSWORD", keys.password],
  ];
  return named.map(([part, key]) => {
    const variable = `${prefix}_${part}`;
    return key === undefined ? { name: variable, value: "" } : fromSecret(variable, { name, key });
  });
}

/** Every replica's URL in a variable of its own, and all of them, with commas between, in one: a Secret's key is all that can be referred to. */
function directReplicas(references: readonly SecretKeyReference[]): V1EnvVar[] {
  if (references.length === 0) return [];
  const each = references.map((reference, index) => fromSecret(`DATABASE_REPLICA_${index}_URL`, reference));
  return [...each, { name: "DATABASE_REPLICA_URLS", value: each.map(({ name }) => `$(${name})`).join(",") }];
}

type RedisSpec = NonNullable<NonNullable<EffectiveSpec["redis"]>["cache"]>;

function redisEnvironment(prefix: string, service: string, redis: RedisSpec | undefined): V1EnvVar[] {
  if (redis === undefined) return [];
  if (redis.urlFrom !== undefined) {
    return [...secretParts(prefix, redis.partsFrom), fromSecret(`${prefix}_URL`, redis.urlFrom.secretKeyRef)];
  }
  return [
    { name: `${prefix}_HOST`, value: service },
    { name: `${prefix}_PORT`, value: String(redisPort) },
    { name: `${prefix}_USER`, value: "" },
    { name: `${prefix}_PASSWORD`, value: "" },
    { name: `${prefix}_URL`, value: `redis://${service}:${redisPort}` },
  ];
}

function fromSecret(name: string, { name: secret, key }: SecretKeyReference): V1EnvVar {
  return { name, valueFrom: { secretKeyRef: { name: secret, key } } };
}
