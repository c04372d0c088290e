import { isDeepStrictEqual } from "node:util";
import { specJsonSchema } from "./crd.ts";
import { isNullable } from "./structural-schema.ts";
import { isTree } from "../base/tree.ts";
import type { Tree } from "../base/tree.ts";
import { readTree } from "../base/read.ts";

const schema = specJsonSchema();

const PROBE: Tree = {
  "httpGet.path": "/",
  "httpGet.scheme": "HTTP",
  initialDelaySeconds: 0,
  periodSeconds: 10,
  timeoutSeconds: 1,
  successThreshold: 1,
  failureThreshold: 3,
};

/**
 * The static defaults of v1alpha1 that pods are made of, by the path below spec ("[]": an entry of a list). A value equal to one of them
 * is no part of a release's id, whether a user wrote it or the API server filled it in. **They never change within a served version**: the
 * API server has stored the old value in objects that it was given, where it looks like a value that a user wrote, so another value here would
 * rename their releases. A new field adds a line. See docs/adr/0007-frozen-defaults.md.
 */
export const FROZEN_DEFAULTS: Tree = {
  stage: "mvp",
  scratch: ["/tmp"],
  imagePullPolicy: "IfNotPresent",
  "podSecurity.runAsUser": 1000,
  "podSecurity.runAsGroup": 1000,
  "podSecurity.fsGroup": 1000,
  "podSecurity.readOnlyRootFilesystem": true,
  "scheduling.tolerations[].operator": "Equal",
  "scheduling.priorityClassName": "",
  "volumes[].readOnly": false,
  "volumes[].components": ["web", "workers", "schedules"],
  "initContainers[].components": ["web", "workers"],
  "initContainers[].ports[].protocol": "TCP",
  "sidecars[].components": ["web", "workers"],
  "sidecars[].ports[].protocol": "TCP",
  "web.port": 8080,
  "web.protocol": "http",
  "web.extraPorts[].protocol": "TCP",
  "web.health.live": "/api/health/live",
  "web.health.ready": "/api/health/ready",
  "web.health.startupSeconds": 60,
  "web.scheduling.tolerations[].operator": "Equal",
  "web.health.timeoutSeconds": 3,
  "web.shutdown.drainSeconds": 30,
  "workers[].scheduling.tolerations[].operator": "Equal",
  "workers[].health.type": "http",
  "workers[].health.startupSeconds": 60,
  "workers[].health.timeoutSeconds": 3,
  "workers[].drainSeconds": 60,
  "workers[].spot": false,
  "schedules[].scheduling.tolerations[].operator": "Equal",
  "schedules[].timeZone": "Etc/UTC",
  "schedules[].deadlineSeconds": 3600,
  "schedules[].startingDeadlineSeconds": 300,
  "schedules[].retries": 2,
  "migration.scheduling.tolerations[].operator": "Equal",
  "migration.retries": 0,
  "migration.deadlineSeconds": 600,
  "postgres.partsFrom.host": "host",
  "postgres.partsFrom.port": "port",
  "postgres.partsFrom.database": "dbname",
  "postgres.partsFrom.user": "username",
  "postgres.partsFrom.password": "password",
  "postgres.timeouts.statementSeconds": 10,
  "postgres.timeouts.idleTransactionSeconds": 60,
  "postgres.timeouts.queryWaitSeconds": 5,
  "postgres.pooler.poolMode": "transaction",
  "postgres.pooler.poolSize": 5,
  "postgres.pooler.minPoolSize": 2,
  "postgres.pooler.maxClientConnections": 1000,
  "redis.cache.partsFrom.host": "host",
  "redis.cache.partsFrom.port": "port",
  "redis.queue.partsFrom.host": "host",
  "redis.queue.partsFrom.port": "port",
  ...probes("initContainers"),
  ...probes("sidecars"),
};

/** Lists that mean something when they are empty, because some stage would fill them in; as frozen as the defaults. */
export const FROZEN_EMPTY_LISTS: readonly string[] = ["scheduling.spread"];

function probes(list: string): Tree {
  const kinds = ["startupProbe", "readinessProbe", "livenessProbe"];
  const entries = kinds.flatMap((kind) => Object.entries(PROBE).map(([field, value]) => [`${list}[].${kind}.${field}`, value] as const));
  return Object.fromEntries(entries);
}

/**
 * A spec without everything that means nothing: values equal to their frozen default, in list entries and maps too, empty maps, and empty
 * lists. A value that some stage would replace stays: "none" written down is not the same as nothing said.
 */
export function withoutFrozenDefaults(spec: Tree): Tree {
  const stripped = strip(spec, schema, "");
  return readTree(stripped);
}

function strip(value: unknown, of: unknown, path: string): unknown {
  if (!isTree(of) || of["x-kubernetes-preserve-unknown-fields"] === true) return value;
  if (Array.isArray(value)) return value.map((entry) => strip(entry, of["items"], `${path}[]`));
  return isTree(value) ? stripFields(value, of, path) : value;
}

function stripFields(fields: Tree, of: Tree, path: string): Tree {
  const { properties, additionalProperties } = of;
  const kept = Object.entries(fields).flatMap(([name, value]) => {
    const isNamed = isTree(properties) && properties[name] !== undefined;
    const at = [...(path === "" ? [] : [path]), isNamed ? name : "*"].join(".");
    const child = isNamed ? properties[name] : additionalProperties;
    const stripped = strip(value, child, at);
    return meansNothing(stripped, { path: at, schema: child }) ? [] : [[name, stripped] as const];
  });
  return Object.fromEntries(kept);
}

/** Fields of one component that replace those of the app: an empty one is not the same as none. */
const REPLACING = /^(?:web|workers\[\]|schedules\[\]|migration)\.scheduling\.\w+$/u;

function meansNothing(value: unknown, { path, schema: of }: { readonly path: string; readonly schema: unknown }): boolean {
  // The API server fills in the default for null too, but where null is a value of its own.
  if (value === undefined || value === null) return value === undefined || !isNullable(of);
  if (REPLACING.test(path)) return false;
  if (isTree(value)) return Object.keys(value).length === 0;
  if (Object.hasOwn(FROZEN_DEFAULTS, path)) return isDeepStrictEqual(value, FROZEN_DEFAULTS[path]);
  return Array.isArray(value) && value.length === 0 && !FROZEN_EMPTY_LISTS.includes(path);
}
