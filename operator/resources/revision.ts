import { hashValue } from "../base/canonical.ts";
import { releaseInputs } from "./release-inputs.ts";

/** The length of a release's id, in hexadecimal digits. */
const idLength = 10;

/**
 * The id of the release that a spec asks for: ten hexadecimal digits over the user's words about the pods and the contents of the
 * ConfigMaps that they refer to (by "configmap/name"). How many pods there are, when they scale and what Secrets hold is not part of it.
 */
export function computeRevision(rawSpec: unknown, digests: Readonly<Record<string, string>>): string {
  return hashValue({ inputs: releaseInputs(rawSpec), digests }, idLength);
}
