import type { SecretStatus, SecretWriter } from "../../api/status.ts";
import { digest, nothingElse, type ObservedWriter, type SecretFacts } from "../observe/secret-facts.ts";

/** What is known of a Secret from an earlier look. */
export type KnownSecret = Omit<SecretStatus, "name" | "version" | "writers"> & { readonly writers?: readonly SecretWriter[] | undefined };

/**
 * Whether the data of a Secret changed since an earlier look, by who owns it now. Where this cannot be known the answer is no: pods that
 * go on with what they have read are better than pods that restart whenever a tool refreshes its own annotation.
 */
export function hasNewData(known: KnownSecret, now: SecretFacts): boolean {
  if (known.keys === undefined || now.keys === undefined) return false;
  if (known.keys !== now.keys) return true;
  const isDescribedAnew = known.content !== undefined && now.content !== undefined && known.content !== now.content;
  if (known.uid !== now.uid) return isDescribedAnew;
  const writers = writersOfLate(known, now);
  if (writers.length === 0) return false;
  return isDescribedAnew || writers.some((writer) => hasWrittenData(known, now, writer));
}

/** What pods carry once they have read the data of these facts. */
export function versionOf({ uid, keys, writers }: SecretFacts): string {
  return digest({ uid, keys, writers: writers.map(toKnown) });
}

/** What is remembered of an observed writer. */
export function toKnown({ id, at, keys, rest }: SecretWriter): SecretWriter {
  return { id, at, keys, rest };
}

/**
 * The writers of keys that may have changed. A new value belongs to its writer alone, and makes the writer's time new: so a key is the same
 * for certain while one of its earlier writers still owns it and has not written since.
 */
function writersOfLate({ writers = [] }: KnownSecret, now: SecretFacts): readonly ObservedWriter[] {
  const stood = ({ id, at, keys }: ObservedWriter) => writers.some((known) => known.id === id && known.at === at && known.keys === keys);
  const same = new Set(now.writers.filter(stood).flatMap(({ names }) => names));
  return now.writers.filter(({ names }) => names.some((name) => !same.has(name)));
}

/** A writer that changes its labels or annotations gets a new time too: only where all else is the same was it the data. */
function hasWrittenData({ writers = [] }: KnownSecret, now: SecretFacts, writer: ObservedWriter): boolean {
  const before = writers.find(({ id }) => id === writer.id);
  if (before) return before.rest === writer.rest || before.keys !== writer.keys;
  // Client-side apply that becomes server-side apply hands all of its fields over, the data among them; a new value takes only its key.
  const isHandedOver = writers.some(({ id, rest }) => rest !== nothingElse && !now.managers.includes(id));
  return !isHandedOver;
}
