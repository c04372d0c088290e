import type { SecretWriter } from "../../api/status.ts";
import { isTree } from "../../base/tree.ts";
import type { Tree } from "../../base/tree.ts";
import { hashValue } from "../../base/canonical.ts";
import { read, readList, readString, readTree } from "../../base/read.ts";

/** A writer of a Secret's data, and the names of the keys that it owns. */
export interface ObservedWriter extends SecretWriter {
  readonly names: readonly string[];
}

/** What the metadata of a Secret says about its data, which nobody here has read. See docs/adr/0008-secrets-by-their-writers.md. */
export interface SecretFacts {
  readonly uid: string;
  /** Digest of the names of its keys; undefined where the Secret has no managedFields, so that nothing can be seen. */
  readonly keys?: string;
  /** Digest of the annotations in which a writer describes the data (a hash, a version), where it does. */
  readonly content?: string;
  /** Who owns keys of the data. */
  readonly writers: readonly ObservedWriter[];
  /** Everybody who owns any field, by the same ids. */
  readonly managers: readonly string[];
}

/** The part of an object's metadata that is looked at. */
export type SecretMetadata = Readonly<Record<string, unknown>>;

/** Writers of one Secret of which more are not looked at; the API server itself keeps ten besides those that apply. */
const mostWriters = 16;

/** kubectl's copy of the manifest holds the data itself. */
const copyOfManifest = "kubectl.kubernetes.io/last-applied-configuration";

/** External Secrets writes `.../data-hash`, Reflector `.../reflected-version`, Replicator `.../replicated-from-version`. */
const describesContent = /(?:^|[^a-z])(?:hash|checksum|digest|fingerprint|version)(?:$|[^a-z])/iu;

/**
 * Reads who wrote the data of a Secret, and when, out of its metadata. Only managedFields that own `data` count, so that a label of
 * somebody else leaves no trace; the version of the object and the last-applied annotation are not looked at.
 */
export function observeSecret(metadata: SecretMetadata): SecretFacts {
  const entries = readList(metadata["managedFields"]);
  const uid = readString(metadata["uid"]) ?? "";
  if (entries.length === 0) return { uid, writers: [], managers: [] };
  const writers = entries.map((entry) => observeWriter(entry, metadata)).filter(({ names }) => names.length > 0);
  const names = [...new Set(writers.flatMap((writer) => writer.names))].toSorted();
  const content = contentOf(entries, metadata);
  return {
    uid,
    keys: digest(names),
    ...(content !== undefined && { content }),
    writers: writers.toSorted((one, other) => (one.id < other.id ? -1 : 1)).slice(0, mostWriters),
    managers: entries.map(idOf).toSorted(),
  };
}

function observeWriter(entry: unknown, metadata: SecretMetadata): ObservedWriter {
  const names = dataKeys(entry);
  return { id: idOf(entry), at: readString(read(entry, "time")) ?? "", keys: digest(names), rest: digest(restOf(entry, metadata)), names };
}

function idOf(entry: unknown): string {
  return digest([read(entry, "manager"), read(entry, "operation"), read(entry, "subresource")]);
}

/** A manifest with stringData that is applied on the server's side owns that field instead. */
function dataKeys(entry: unknown): readonly string[] {
  const owned = ["f:data", "f:stringData"].flatMap((field) => namesIn(read(entry, "fieldsV1", field)));
  return [...new Set(owned)].toSorted();
}

function namesIn(fields: unknown): readonly string[] {
  if (!isTree(fields)) return [];
  return Object.keys(fields).flatMap((name) => (name.startsWith("f:") ? [name.slice(2)] : []));
}

/** All that a writer owns beside the data, with its values: where it changes, a new time need not mean new data. */
function restOf(entry: unknown, metadata: SecretMetadata): Tree {
  const fields = read(entry, "fieldsV1");
  const { "f:data": _data, "f:stringData": _text, ...rest } = readTree(fields);
  const owned = (field: string) => ownedValues(entry, metadata, field);
  const whole = (field: string) => (read(entry, "fieldsV1", "f:metadata", `f:${field}`) === undefined ? undefined : metadata[field]);
  return {
    rest,
    labels: owned("labels"),
    annotations: owned("annotations"),
    finalizers: whole("finalizers"),
    ownerReferences: whole("ownerReferences"),
  };
}

function ownedValues(entry: unknown, metadata: SecretMetadata, field: string): Tree {
  const names = namesIn(read(entry, "fieldsV1", "f:metadata", `f:${field}`)).filter((name) => name !== copyOfManifest);
  return Object.fromEntries(names.map((name) => [name, read(metadata, field, name)]));
}

function contentOf(entries: readonly unknown[], metadata: SecretMetadata): string | undefined {
  const found = entries
    .filter((entry) => dataKeys(entry).length > 0)
    .flatMap((entry) => Object.entries(ownedValues(entry, metadata, "annotations")))
    .filter(([name]) => describesContent.test(name));
  return found.length === 0 ? undefined : digest(Object.fromEntries(found));
}

/** The `rest` of a writer that owns data alone. */
export const nothingElse = digest(restOf({}, {}));

/** Ten hexadecimal digits over any JSON value. */
export function digest(value: unknown): string {
  return hashValue(value, 10);
}
