import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import { z } from "zod";
import { RELEASE_LABEL } from "../api/labels.ts";
import { isTree } from "../base/tree.ts";
import type { Tree } from "../base/tree.ts";
import type { Child } from "./children.ts";
import type { ConfigMapCopy } from "./context.ts";
import type { Manifest } from "./manifest.ts";
import { childMetadata } from "./metadata.ts";
import type { Identity } from "./metadata.ts";
import { releaseName } from "./names.ts";
import { canaryRole } from "./placement.ts";
import { canonicalJson } from "../base/canonical.ts";

/** A release as it was rendered when it was first seen; its pods run these templates for ever. */
export interface StoredRelease {
  readonly id: string;
  /** Counts the releases of an app, from 1; a rollback gives a release the newest number again. */
  readonly number: number;
  /** Digests of the contents that it refers to, by "configmap/name"; operators before 0.1.0 stored "secret/name" too. */
  readonly digests: Readonly<Record<string, string>>;
  /** The version of the operator that rendered it. */
  readonly renderer: string;
  /** The children that belong to this release alone, without their owner. */
  readonly children: readonly Child[];
  readonly copies: readonly ConfigMapCopy[];
}

/** Thrown where a release is too large to be stored, which no operator can help. */
export class ReleaseTooLargeError extends Error {
  override readonly name = "ReleaseTooLargeError";
}

/** Bytes of the children as JSON above which they are stored packed: small ones can be read by people. */
const packedAbove = 262_144;
/** Bytes of packed children that fit into one object, below the 1 MiB that etcd and the API server take. */
const maxPacked = 900_000;
/** Bytes of children that are ever unpacked, so that a forged object cannot fill the memory. */
const maxUnpacked = 64 * 1024 * 1024;

/** The ConfigMaps of settings of ours that pods of one release read. */
export const settingsRoles = ["pgbouncer/config-map", "environment/config-map"] as const;

const releaseRoles: ReadonlySet<string> = new Set(["migration/job", "migration/contract-job", ...settingsRoles]);

/** Whether a child belongs to one release alone, so that it is stored with it. A candidate's pods are those of the web Deployment. */
export function isReleaseScoped({ role, podBearing }: Pick<Child, "role" | "podBearing">): boolean {
  return role !== canaryRole && (podBearing || releaseRoles.has(role));
}

/** The ControllerRevision that stores a release. Its data can never change; its number can. */
export function buildStoredRelease(identity: Identity, release: Omit<StoredRelease, "id" | "digests">): Manifest {
  const { app, context } = identity;
  const metadata = childMetadata(identity, releaseName(app.metadata.name, context.revision), "release");
  return {
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: { ...metadata, labels: { ...metadata.labels, [RELEASE_LABEL]: context.revision } },
    revision: release.number,
    data: {
      release: context.revision,
      digests: context.digests,
      renderer: release.renderer,
      copies: release.copies,
      ...packOrThrow(release.children),
    },
  };
}

function withoutOwner(child: Child): Tree {
  const { ownerReferences: _owner, ...metadata } = child.object.metadata;
  return { ...child, object: { ...child.object, metadata } };
}

/** Why the children of a release cannot be stored; undefined where they can. */
export function whyTooLarge(children: readonly Child[]): string | undefined {
  const packed = pack(children);
  if (!("packed" in packed) || packed.packed.length <= maxPacked) return undefined;
  return `the pods of the release take ${packed.packed.length} bytes to store, of at most ${maxPacked}: move long values of spec.env, spec.overlays and of commands into ConfigMaps (spec.envFrom, spec.files)`;
}

function packOrThrow(children: readonly Child[]): Tree {
  const why = whyTooLarge(children);
  if (why !== undefined) throw new ReleaseTooLargeError(why);
  return pack(children);
}

function pack(all: readonly Child[]): { readonly children: readonly Tree[] } | { readonly packed: string } {
  const children = all.filter(isReleaseScoped).map(withoutOwner);
  const json = Buffer.from(JSON.stringify(children));
  if (json.length <= packedAbove) return { children };
  // A window of 16 MiB finds the same variables again in every component.
  const params = { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_LGWIN]: 24 };
  return { packed: brotliCompressSync(json, { params }).toString("base64") };
}

const manifest = z.custom<Manifest>(
  (value) => isTree(value) && typeof value["kind"] === "string" && isTree(value["metadata"]) && isTree(value["metadata"]["labels"]),
);
const replicas = z.union([z.object({ fixed: z.number() }), z.object({ autoscaled: z.object({ min: z.number(), max: z.number() }) })]);
const childrenSchema = z.array(
  z.object({
    role: z.string(),
    wave: z.union([z.literal(0), z.literal(1), z.literal(2)]),
    podBearing: z.boolean(),
    object: manifest,
    replicas: replicas.optional(),
  }),
);
const dataSchema = z.object({
  release: z.string().min(1),
  digests: z.record(z.string(), z.string()).default({}),
  renderer: z.string().default(""),
  copies: z.array(z.object({ source: z.string(), name: z.string(), digest: z.string() })).default([]),
  children: z.unknown().optional(),
  packed: z.string().optional(),
});

/** The release that a ControllerRevision stores; undefined where it is none of ours, or broken. */
export function parseStoredRelease(object: Readonly<Record<string, unknown>>): StoredRelease | undefined {
  const data = dataSchema.safeParse(object["data"]);
  const number = object["revision"];
  if (!data.success || typeof number !== "number") return undefined;
  const { release: id, packed, children: plain, ...rest } = data.data;
  const children = childrenSchema.safeParse(packed === undefined ? plain : unpack(packed));
  return children.success ? { id, number, ...rest, children: children.data } : undefined;
}

function unpack(packed: string): unknown {
  try {
    return JSON.parse(brotliDecompressSync(Buffer.from(packed, "base64"), { maxOutputLength: maxUnpacked }).toString("utf8"));
  } catch {
    return undefined;
  }
}

/**
 * The children of a stored release as they are to be applied now: pods, runs and the migration as they were stored; everything
 * else of a workload (pace, labels, replicas, suspension) as the current rendering has it. A component that the spec no longer
 * has comes whole from the store.
 */
export function renderRelease(identity: Identity, stored: StoredRelease, current: readonly Child[]): readonly Child[] {
  const byRole = new Map(current.map((child) => [child.role, child]));
  const { suspend } = identity.app.spec;
  return stored.children.map((child) => {
    const now = byRole.get(child.role);
    const object = owned(identity, merge(child.object, now?.object, suspend));
    return { ...child, object, ...keptReplicas(child, now, suspend) };
  });
}

/** Where the spec no longer says how many replicas a component has, the store does, but for a suspended app. */
function keptReplicas(stored: Child, current: Child | undefined, suspended: boolean): Pick<Child, "replicas"> {
  if (current?.replicas !== undefined) return { replicas: current.replicas };
  return suspended && stored.replicas !== undefined ? { replicas: { fixed: 0 } } : {};
}

function owned(identity: Identity, object: Manifest): Manifest {
  const { app, context } = identity;
  return { ...object, metadata: { ...object.metadata, namespace: app.metadata.namespace, ownerReferences: [context.owner] } };
}

function merge(stored: Manifest, current: Manifest | undefined, suspended: boolean): Manifest {
  const before = specOf(stored);
  const now = specOf(current);
  if (stored.kind === "Deployment" && current) return withTemplate(current, before["template"]);
  if (stored.kind === "CronJob") return { ...stored, spec: { ...before, suspend: suspended || now["suspend"] === true } };
  return stored;
}

/** A Deployment with another pod template. */
export function withTemplate(deployment: Manifest, template: unknown): Manifest {
  return { ...deployment, spec: { ...specOf(deployment), template } };
}

/** Whether the current rendering of the same release makes other pods than the stored one: a newer operator does. */
export function isRenderedDifferently(stored: StoredRelease, current: readonly Child[]): boolean {
  const scoped = current.filter(isReleaseScoped);
  const fingerprint = (children: readonly Child[]) =>
    canonicalJson(children.map(essence).toSorted(([one], [other]) => (one < other ? -1 : 1)));
  return fingerprint(stored.children) !== fingerprint(scoped);
}

/** The pod template that a release stores of its web pods. */
export function webTemplateOf({ children }: StoredRelease): unknown {
  return specOf(children.find(({ role }) => role === "web/deployment")?.object)["template"];
}

/** What of a child pods are made of. */
function essence({ role, object }: Child): readonly [string, unknown] {
  const { suspend: _suspend, ...spec } = specOf(object);
  if (object.kind === "Deployment") return [role, spec["template"]];
  return [role, object.kind === "ConfigMap" ? object["data"] : spec];
}

function specOf(object: Manifest | undefined): Tree {
  return isTree(object?.["spec"]) ? object["spec"] : {};
}
