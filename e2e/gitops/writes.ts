import { isWrite, readAuditLog, type AuditEvent } from "../cluster/index.ts";
import { argoCdUser } from "./argo-cd.ts";

/** What Argo CD has written since then, but for its own objects; a dry run writes nothing. */
export async function writesOfArgoCd(auditLog: string, since: number): Promise<readonly string[]> {
  return writes(auditLog, since, ({ user, objectRef }) => user.username === argoCdUser && objectRef?.apiGroup !== "argoproj.io");
}

/** What our operator has written since then in some namespaces. */
export async function writesOfOperator(auditLog: string, since: number, namespaces: readonly string[]): Promise<readonly string[]> {
  return writes(auditLog, since, (event) => isOfOperator(event, namespaces));
}

/** When our operator wrote last in some namespaces, in milliseconds since 1970. */
export async function lastWriteOfOperator(auditLog: string, namespaces: readonly string[]): Promise<number> {
  const { events } = await readAuditLog(auditLog);
  const last = events.findLast((event) => isRealWrite(event) && isOfOperator(event, namespaces));
  return Date.parse(last?.stageTimestamp ?? "1970-01-01");
}

function isOfOperator({ userAgent, objectRef }: AuditEvent, namespaces: readonly string[]): boolean {
  return userAgent === "scalable-app-operator" && namespaces.includes(objectRef?.namespace ?? "");
}

/** Who has written ScalableApps since then, but for their status. */
export async function writersOfApps(auditLog: string, since: number): Promise<readonly string[]> {
  return writes(auditLog, since, ({ objectRef }) => objectRef?.resource === "scalableapps" && objectRef.subresource === undefined);
}

/** How often Argo CD has asked what a write to a namespace would do. */
export async function dryRunsOfArgoCd(auditLog: string, namespace: string): Promise<number> {
  const { events } = await readAuditLog(auditLog);
  const asked = events.filter(({ user, objectRef }) => user.username === argoCdUser && objectRef?.namespace === namespace);
  return asked.filter(isDryRun).length;
}

async function writes(auditLog: string, since: number, isMeant: (event: AuditEvent) => boolean): Promise<readonly string[]> {
  const { events } = await readAuditLog(auditLog, since);
  return events.filter((event) => isRealWrite(event) && isMeant(event)).map(describe);
}

function isRealWrite(event: AuditEvent): boolean {
  return isWrite(event) && !isDryRun(event) && event.objectRef?.resource !== "leases";
}

function isDryRun({ requestURI }: AuditEvent): boolean {
  return requestURI.includes("dryRun=All");
}

function describe({ user, verb, objectRef }: AuditEvent): string {
  const { resource, subresource, namespace, name } = objectRef ?? {};
  return `${user.username}: ${verb} ${resource}${subresource === undefined ? "" : `/${subresource}`} ${namespace}/${name}`;
}
