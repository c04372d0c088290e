import type { ReleaseStatus, SecretStatus } from "../../api/status.ts";
import { read } from "../../base/read.ts";
import { trackedReferences } from "../../resources/references.ts";
import type { StoredRelease } from "../../resources/release.ts";
import {
  carriedSecrets,
  carriedVersions,
  secretsAnnotation,
  secretsOfTemplate,
  type SecretVersions,
} from "../../resources/secret-versions.ts";
import type { LiveObject, Snapshot } from "../observe/snapshot.ts";
import { hasNewData, toKnown, versionOf } from "./changes.ts";
import type { SecretFacts } from "../observe/secret-facts.ts";

/** What is known of the Secrets now, to be written down before pods restart for it. */
export interface FollowedSecrets {
  /** What goes into status.secrets. */
  readonly known: readonly SecretStatus[];
  /** Names of those whose data changed since the last look. */
  readonly changed: readonly string[];
}

/** Secrets of which more are not remembered. */
const mostSecrets = 500;

/**
 * Holds the Secrets against what is remembered of them. The first look at one changes nothing, whatever it holds; one that is missing or
 * may not be looked up stays as it was remembered.
 */
export function followSecrets(snapshot: Snapshot, stored: readonly StoredRelease[]): FollowedSecrets {
  const before = new Map((snapshot.status?.secrets ?? []).map((secret) => [secret.name, secret]));
  const carried = carriedOf(snapshot.owned);
  const optional = new Set(trackedReferences(snapshot.app).secrets.flatMap((secret) => (secret.optional ? [secret.name] : [])));
  const followed = namesInUse(snapshot, stored).flatMap((name) => {
    const reference = snapshot.references[`secret/${name}`];
    const known = before.get(name);
    if (reference?.state === "found" && "secret" in reference) return [see(name, reference.secret, known, carried[name])];
    if (known) return [{ secret: known, isChanged: false }];
    // Pods that do without it have started by now, or will: once it comes, it is news to them.
    return reference?.state === "missing" && optional.has(name) ? [{ secret: { name }, isChanged: false }] : [];
  });
  return {
    known: followed.map(({ secret }) => secret),
    changed: followed.flatMap(({ secret, isChanged }) => (isChanged ? [secret.name] : [])),
  };
}

function see(name: string, facts: SecretFacts, known: SecretStatus | undefined, carried: string | undefined) {
  const isChanged = known !== undefined && (known.uid === undefined || hasNewData(known, facts));
  const version = isChanged ? versionOf(facts) : (known?.version ?? (known ? undefined : carried));
  const { uid, keys, content } = facts;
  const secret: SecretStatus = {
    name,
    uid,
    ...(keys !== undefined && { keys }),
    ...(content !== undefined && { content }),
    writers: facts.writers.map(toKnown),
    ...(version !== undefined && { version }),
  };
  return { secret, isChanged };
}

/** The versions that pods carry: as they were written down, else, where nothing is remembered, as they are carried already. */
export function versionsToCarry({ status, owned }: Pick<Snapshot, "status" | "owned">): SecretVersions {
  const known = status?.secrets ?? [];
  const forgotten = Object.entries(carriedOf(owned)).filter(([name]) => !known.some((secret) => secret.name === name));
  const versions = known.flatMap(({ name, version }) => (version === undefined ? [] : [[name, version] as const]));
  return Object.fromEntries([...forgotten, ...versions]);
}

/** Whether a live Deployment is yet to be written so that its pods read changed data. */
export function mustRestart(live: LiveObject, versions: SecretVersions): boolean {
  return secretsAnnotation(read(live, "spec", "template"), versions) !== carriedSecrets(live);
}

function carriedOf(owned: readonly LiveObject[]): SecretVersions {
  return Object.fromEntries(owned.flatMap((object) => (object.kind === "Deployment" ? Object.entries(carriedVersions(object)) : [])));
}

/** Those of the spec, and of the releases whose pods run: the spec may have dropped one by now. */
function namesInUse({ app, status }: Snapshot, stored: readonly StoredRelease[]): readonly string[] {
  const named = trackedReferences(app).secrets.map(({ name }) => name);
  const running = releasesInUse(status?.release).flatMap((id) => stored.find((release) => release.id === id)?.children ?? []);
  const inTemplates = running.flatMap(({ object }) => secretsOfTemplate(read(object, "spec", "template")));
  return [...new Set([...named, ...inTemplates])].toSorted().slice(0, mostSecrets);
}

function releasesInUse(release: ReleaseStatus | undefined): readonly string[] {
  return [release?.stable, release?.candidate, release?.previous].filter((id) => id !== undefined);
}
