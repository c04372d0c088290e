import { createHash } from "node:crypto";
import { releaseInputs } from "./release-inputs.ts";

/** The length of a release's id, in hexadecimal digits. */
const idLength = 10;

/**
 * The id of the release that a spec asks for: ten hexadecimal digits over the user's words about the pods and the contents of the
 * ConfigMaps that they refer to (by "configmap/name"). How many pods there are, when they scale and what Secrets hold is not part of it.
 */
export function computeRevision(rawSpec: unknown, digests: Readonly<Record<string, string>>): string {
  return createHash("sha256")
    .update(canonical({ inputs: releaseInputs(rawSpec), digests }))
    .digest("hex")
    .slice(0, idLength);
}

/** JSON with the keys of every map in alphabetical order, so that the order in which a manifest was written does not count. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (typeof item !== "object" || item === null || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).toSorted(([one], [other]) => (one < other ? -1 : 1)));
  });
}
