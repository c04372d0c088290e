import type { ReleaseStatus } from "../../api/status.ts";
import { change, type Situation } from "./rule.ts";

/** Steps, the preview and the bake: more are not kept. */
const mostKept = 25;

/** The release with what the step that ends has proven of it, where requests were counted. */
export function recordProven({ release, seen }: Pick<Situation, "release" | "seen">): ReleaseStatus {
  const proven = seen.analysis?.proven;
  if (proven === undefined) return release;
  return change(release, { proven: [...(release.proven ?? []), `${nameOf(release)}: ${proven}`].slice(-mostKept) });
}

function nameOf({ phase, step = 0, weight = 0 }: ReleaseStatus): string {
  return phase === "Canary" ? `step ${step + 1} (${weight} %)` : phase.toLowerCase();
}
