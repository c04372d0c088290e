import type { V1SecretProjection, V1Volume, V1VolumeMount } from "@kubernetes/client-node";
import type { Postgres } from "../../api/postgres.ts";
import type { SecretKeyReference } from "../../api/reference.ts";
import { primaryFile, replicaAlias } from "./pooler.ts";

/** Where the pooler writes its socket and what it derived from the URLs: memory, never a disk. */
export const runDirectory = "/run/pgbouncer";
/** The users whom the pooler knows, which the start script writes. */
export const usersFile = `${runDirectory}/users.txt`;
/** Where the pooler finds its settings and start script. */
export const configDirectory = "/etc/scalable-app/pgbouncer";
const urlDirectory = "/etc/scalable-app/database";
const authorityDirectory = "/etc/scalable-app/database-ca";
/** The certificate of the database's authority, in every container that talks to the server itself. */
export const databaseAuthorityFile = `${authorityDirectory}/ca.crt`;
/** Readable by whichever user the container runs as; only the containers named here mount it. */
const readableByAll = 0o444;

/** The file that holds the URL of one database. */
export function urlFile(alias: string): string {
  return `${urlDirectory}/${alias}`;
}

/** The volumes of the pooler, whose settings stand in the named ConfigMap. */
export function poolerVolumes(configMap: string, postgres: Postgres): V1Volume[] {
  return [
    { name: "pgbouncer", configMap: { name: configMap, defaultMode: readableByAll } },
    { name: "pgbouncer-run", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
    databaseVolume(urlsOf(postgres)),
  ];
}

/** The places where the pooler sees its volumes. */
export function poolerMounts(postgres: Postgres): V1VolumeMount[] {
  return [
    { name: "pgbouncer", mountPath: configDirectory, readOnly: true },
    { name: "pgbouncer-run", mountPath: runDirectory },
    databaseMount,
    ...authorityMounts(postgres),
  ];
}

/** The volume that holds the certificate of the database's authority, where one is given. */
export function authorityVolumes(postgres: Postgres): V1Volume[] {
  if (postgres.tls === undefined) return [];
  const { name, key } = postgres.tls.caSecretRef;
  return [{ name: "database-ca", secret: { secretName: name, items: [{ key, path: "ca.crt" }], defaultMode: readableByAll } }];
}

/** The place of the certificate of the database's authority, where one is given. */
export function authorityMounts(postgres: Postgres): V1VolumeMount[] {
  return postgres.tls === undefined ? [] : [{ name: "database-ca", mountPath: authorityDirectory, readOnly: true }];
}

/** Where the URL of a database comes from, and the name of the file that holds it. */
interface DatabaseUrl {
  readonly reference: SecretKeyReference;
  readonly alias: string;
}

/** The volume that holds the URLs of databases, each in a file. */
export function databaseVolume(urls: readonly DatabaseUrl[]): V1Volume {
  const sources = urls.map(({ reference, alias }): { secret: V1SecretProjection } => ({
    secret: { name: reference.name, items: [{ key: reference.key, path: alias }] },
  }));
  return { name: "database", projected: { defaultMode: readableByAll, sources } };
}

/** The place of the URLs. */
export const databaseMount: V1VolumeMount = { name: "database", mountPath: urlDirectory, readOnly: true };

function urlsOf(postgres: Postgres): readonly DatabaseUrl[] {
  const primary = { reference: postgres.urlFrom.secretKeyRef, alias: primaryFile };
  const replicas = postgres.replicas.map((replica, index) => ({ reference: replica.urlFrom.secretKeyRef, alias: replicaAlias(index) }));
  return [primary, ...replicas];
}
