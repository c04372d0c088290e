import type { Reference } from "../plan/observe/snapshot.ts";
import { observeSecret, type SecretMetadata } from "../plan/observe/secret-facts.ts";

/** One entry of managedFields. */
export interface FieldsEntry {
  readonly manager: string;
  readonly operation?: "Apply" | "Update";
  /** Default: eight o'clock. */
  readonly time?: string;
  /** Names of the keys of the data that it owns; default: url. */
  readonly data?: readonly string[];
  /** What else it owns, as fieldsV1. */
  readonly rest?: object;
}

/** Fields of labels or annotations, as fieldsV1. */
export function metadataFields(fields: { readonly labels?: readonly string[]; readonly annotations?: readonly string[] }): object {
  const owned = Object.entries(fields).map(([field, names]) => [
    `f:${field}`,
    Object.fromEntries(names.map((name: string) => [`f:${name}`, {}])),
  ]);
  return { "f:metadata": Object.fromEntries(owned) as object };
}

/** The metadata of a Secret shop-db that was written by the given managers. */
export function secretMetadata(entries: readonly FieldsEntry[], rest: SecretMetadata = {}): SecretMetadata {
  const managedFields = entries.map(
    ({ manager, operation = "Update", time = "2026-11-27T08:00:00Z", data = ["url"], rest: fields = {} }) => ({
      manager,
      operation,
      apiVersion: "v1",
      time,
      fieldsType: "FieldsV1",
      fieldsV1: {
        ...(data.length > 0 && { "f:data": { ".": {}, ...Object.fromEntries(data.map((name) => [`f:${name}`, {}])) } }),
        ...fields,
      },
    }),
  );
  return { name: "shop-db", namespace: "retail", uid: "uid-1", resourceVersion: "1", managedFields, ...rest };
}

/** A Secret that kubectl created, and whose value was last changed at a time of day. */
export function foundSecret(time = "08:00:00", rest: SecretMetadata = {}): Reference {
  return {
    state: "found",
    secret: observeSecret(secretMetadata([{ manager: "kubectl-create", time: `2026-11-27T${time}Z` }], rest)),
  };
}
