import { computeRevision } from "../resources/revision.ts";
import type { StoredRelease } from "../resources/release.ts";
import type { Snapshot } from "./observe/snapshot.ts";

type Digests = Readonly<Record<string, string>>;

/**
 * The id of the release that the spec asks for, given the digests of its ConfigMaps. Operators before 0.1.0 had the digests of Secrets in the
 * id too: a release of theirs is stored with them, so an unchanged spec is recognized and keeps its id.
 */
export function desiredRelease(
  { rawSpec, status }: Pick<Snapshot, "rawSpec" | "status">,
  stored: readonly StoredRelease[],
  digests: Digests,
) {
  const same = stored.filter(({ id, digests: known }) => id === computeRevision(rawSpec, { ...digests, ...secretDigests(known) }));
  const { candidate, stable } = status?.release ?? {};
  const found = same.find(({ id }) => id === candidate) ?? same.find(({ id }) => id === stable) ?? same.at(-1);
  return found?.id ?? computeRevision(rawSpec, digests);
}

function secretDigests(digests: Digests): Digests {
  return Object.fromEntries(Object.entries(digests).filter(([key]) => key.startsWith("secret/")));
}
