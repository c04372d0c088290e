import type { ScalableApp } from "../api/scalable-app.ts";
import type { SecretStatus } from "../api/status.ts";
import { trackedReferences } from "../resources/references.ts";
import type { References } from "./observe/snapshot.ts";

/** One ConfigMap or Secret that an app names. */
export interface NamedReference {
  readonly kind: "ConfigMap" | "Secret";
  readonly name: string;
  /** Pods start without it. */
  readonly optional: boolean;
}

/** A referenced ConfigMap or Secret that cannot be used, and what the user should do. */
export interface ReferenceProblem {
  readonly kind: "ConfigMap" | "Secret";
  readonly name: string;
  readonly reason: "ReferenceMissing" | "ReferenceUnreadable";
  readonly message: string;
}

/** Every ConfigMap and Secret that pods of the release read. */
export function listReferences(app: ScalableApp): readonly NamedReference[] {
  const { configMaps, secrets } = trackedReferences(app);
  return [
    ...configMaps.map((reference) => ({ kind: "ConfigMap" as const, ...reference })),
    ...secrets.map((reference) => ({ kind: "Secret" as const, ...reference })),
  ];
}

/** Secrets that the spec names no longer, but pods that run may still read; they hold nothing back. */
export function listRemembered(app: ScalableApp, secrets: readonly SecretStatus[] = []): readonly NamedReference[] {
  const named = new Set(trackedReferences(app).secrets.map(({ name }) => name));
  return secrets.filter(({ name }) => !named.has(name)).map(({ name }) => ({ kind: "Secret", name, optional: true }));
}

/** The name of a reference in a snapshot: "configmap/NAME" or "secret/NAME". */
export function referenceKey({ kind, name }: Pick<NamedReference, "kind" | "name">): string {
  return `${kind.toLowerCase()}/${name}`;
}

/**
 * What is wrong with the references of an app; any problem keeps a new release back. One that may not be looked at does so too: nobody knows
 * whether it exists.
 */
export function judgeReferences(app: ScalableApp, references: References): readonly ReferenceProblem[] {
  return listReferences(app).flatMap((reference) => judge(app, reference, references));
}

function judge(app: ScalableApp, { kind, name, optional }: NamedReference, references: References): readonly ReferenceProblem[] {
  const found = references[referenceKey({ kind, name })] ?? { state: "unknown" };
  const where = `${kind} ${name} in namespace ${app.metadata.namespace}`;
  if (found.state === "missing" && !optional) {
    const message = `${where} does not exist: create it, or correct its name in the spec; until then the pods are left as they are`;
    return [{ kind, name, reason: "ReferenceMissing", message }];
  }
  if (found.state !== "denied") return [];
  const message = `${where} may not be looked up, so the pods are left as they are: grant the operator "get" on it, or set the chart's secretAccess to none (${found.message})`;
  return [{ kind, name, reason: "ReferenceUnreadable", message }];
}
