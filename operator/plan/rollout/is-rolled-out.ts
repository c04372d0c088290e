import type { Situation } from "./rule.ts";

/** Whether web and workers all run a release and nothing else. */
export function isRolledOut({ seen }: Pick<Situation, "seen">, release: string | undefined): boolean {
  const { stableWeb, workers } = seen;
  if (stableWeb === undefined) return false;
  return [stableWeb, ...workers].every((track) => track.release === release && track.rolledOut);
}

/** Whether the candidate's own Deployment has the pods that its weight asks for. */
export function isCandidateReady({ seen, release }: Pick<Situation, "seen" | "release">, wanted: number): boolean {
  const { candidateWeb } = seen;
  if (candidateWeb === undefined || candidateWeb.release !== release.candidate) return false;
  return candidateWeb.rolledOut && candidateWeb.ready >= wanted;
}
