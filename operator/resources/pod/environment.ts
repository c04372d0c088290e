import type { V1EnvVar } from "@kubernetes/client-node";
import type { EffectiveSpec } from "../../api/scalable-app.ts";
import type { SecretKeyReference } from "../../api/reference.ts";
import { usesPooler } from "../pgbouncer/pooler.ts";
import { pooledDatabaseEnvironment } from "../pgbouncer/environment.ts";
import { databaseAuthorityFile } from "../pgbouncer/volumes.ts";
import { redisCacheName, redisQueueName } from "../names.ts";
import type { Identity } from "../metadata.ts";
import type { PodComponent } from "./component.ts";

/** The port of every managed Redis. */
export const redisPort = 6379;

/** The variables that the operator promises to the containers of a component, in an order that lets later ones use earlier ones. */
export function contractEnvironment(identity: Identity, component: PodComponent): V1EnvVar[] {
  const { app, context } = identity;
  return [
    { name: "PORT", value: String(app.spec.web.port) },
    { name: "SCALABLEAPP_NAME", value: app.metadata.name },
    { name: "SCALABLEAPP_COMPONENT", value: component.name },
    { name: "SCALABLEAPP_RELEASE", value: context.revision },
    { name: "SCALABLEAPP_TRACK", value: "stable" },
    ...(component.environment ?? []),
    ...databaseEnvironment(app.spec, component),
    ...redisEnvironment("REDIS_CACHE", redisCacheName(app.metadata.name), app.spec.redis?.cache),
    ...redisEnvironment("REDIS_QUEUE", redisQueueName(app.metadata.name), app.spec.redis?.queue),
  ];
}

/** Ours, then the user's; a name that the user sets too is left to the user alone. */
export function mergeEnvironment(ours: readonly V1EnvVar[], users: readonly V1EnvVar[]): V1EnvVar[] {
  const taken = new Set(users.map(({ name }) => name));
  return [...ours.filter(({ name }) => !taken.has(name)), ...users];
}

function databaseEnvironment(spec: EffectiveSpec, component: PodComponent): V1EnvVar[] {
  if (spec.postgres === undefined) return [];
  if (component.database === "pooled" && usesPooler(spec)) return pooledDatabaseEnvironment(spec.postgres);
  const { urlFrom, replicas, tls } = spec.postgres;
  return [
    fromSecret("DATABASE_URL", urlFrom.secretKeyRef),
    ...(component.database === "direct" ? [fromSecret("DATABASE_DIRECT_URL", urlFrom.secretKeyRef)] : []),
    ...directReplicas(replicas.map((replica) => replica.urlFrom.secretKeyRef)),
    ...(tls === undefined ? [] : [{ name: "PGSSLROOTCERT", value: databaseAuthorityFile }]),
  ];
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
  if (redis.urlFrom !== undefined) return [fromSecret(`${prefix}_URL`, redis.urlFrom.secretKeyRef)];
  return [
    { name: `${prefix}_HOST`, value: service },
    { name: `${prefix}_PORT`, value: String(redisPort) },
    { name: `${prefix}_URL`, value: `redis://${service}:${redisPort}` },
  ];
}

function fromSecret(name: string, secretKeyRef: SecretKeyReference): V1EnvVar {
  return { name, valueFrom: { secretKeyRef } };
}
