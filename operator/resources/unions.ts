import { isTree } from "../base/tree.ts";
import type { Tree } from "../base/tree.ts";

const HANDLERS = ["exec", "grpc", "httpGet", "sleep", "tcpSocket"];
const SOURCES = ["configMapKeyRef", "fieldRef", "fileKeyRef", "resourceFieldRef", "secretKeyRef"];

/** Fields of which only one may stand, by the name of the map or of the list whose entries they are in. */
const UNIONS: Readonly<Record<string, (field: string) => boolean>> = {
  livenessProbe: (field) => HANDLERS.includes(field),
  readinessProbe: (field) => HANDLERS.includes(field),
  startupProbe: (field) => HANDLERS.includes(field),
  postStart: (field) => HANDLERS.includes(field),
  preStop: (field) => HANDLERS.includes(field),
  env: (field) => field === "value" || field === "valueFrom",
  valueFrom: (field) => SOURCES.includes(field),
  volumes: (field) => field !== "name",
  // Of a PodDisruptionBudget; no other spec has them.
  spec: (field) => field === "minAvailable" || field === "maxUnavailable",
};

/**
 * The map without the fields that a patch pushes out by giving another one of which only one may stand: a probe over TCP has no path. Null
 * alone would do it too, but some clients drop a null before the API server stores it.
 */
export function withoutRivals(base: Tree, patch: Tree, field: string): Tree {
  if ((field === "strategy" || field === "updateStrategy") && patch["type"] !== undefined && patch["type"] !== "RollingUpdate") {
    return without(base, (name) => name === "rollingUpdate");
  }
  const isMember = Object.hasOwn(UNIONS, field) ? UNIONS[field] : undefined;
  if (isMember === undefined) return base;
  const given = Object.keys(patch).filter((name) => isMember(name) && !name.startsWith("$") && patch[name] !== null);
  return given.length === 0 ? base : without(base, (name) => isMember(name) && !given.includes(name));
}

/**
 * A patch without the nulls that say nothing more, because another of the fields of which only one may stand is given. kubectl drops them
 * when it applies the same manifest again, and that must not be another release.
 */
export function withoutMootNulls(patch: unknown, field = ""): unknown {
  if (Array.isArray(patch)) return patch.map((entry) => withoutMootNulls(entry, field));
  if (!isTree(patch)) return patch;
  const isMember = Object.hasOwn(UNIONS, field) ? UNIONS[field] : undefined;
  const isMoot = isMember !== undefined && Object.keys(patch).some((name) => isMember(name) && patch[name] !== null);
  const kept = isMoot ? without(patch, (name) => isMember(name) && patch[name] === null) : patch;
  return Object.fromEntries(Object.entries(kept).map(([name, value]) => [name, withoutMootNulls(value, name)]));
}

function without(map: Tree, isOut: (name: string) => boolean): Tree {
  return Object.fromEntries(Object.entries(map).filter(([name]) => !isOut(name)));
}
