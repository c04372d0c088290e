import { COMPONENT_LABEL, RELEASE_LABEL } from "../../api/labels.ts";
import type { LiveObject } from "./snapshot.ts";

/** The web pods that are not on their way out, those of a release or those of all others. */
export function webPods(
  pods: readonly LiveObject[],
  release: string,
): { readonly candidate: readonly LiveObject[]; readonly stable: readonly LiveObject[] } {
  const web = pods.filter(({ metadata }) => metadata.labels?.[COMPONENT_LABEL] === "web" && metadata.deletionTimestamp === undefined);
  const isCandidate = ({ metadata }: LiveObject) => metadata.labels?.[RELEASE_LABEL] === release;
  return { candidate: web.filter(isCandidate), stable: web.filter((pod) => !isCandidate(pod)) };
}
