import { COMPONENT_LABEL, RELEASE_LABEL } from "../../api/labels.ts";
import { contractName } from "../../resources/names.ts";
import type { StoredRelease } from "../../resources/release.ts";
import { judgeJobOf } from "../observe/migration.ts";
import { isLost } from "../observe/quiesce.ts";
import { hasEnded } from "../observe/unfinished-migration.ts";
import type { LiveObject, Snapshot } from "../observe/snapshot.ts";
import type { RolloutObservation } from "./observation.ts";

/** Seconds after which a contract migration runs where the spec no longer says so; it then never does, for another release is wanted. */
const unknownSeconds = 86_400;

/** The contract migration of the stable release, as it was stored with it. */
export function observeContract(snapshot: Snapshot, stored: readonly StoredRelease[]): RolloutObservation["contract"] {
  const { app, status } = snapshot;
  const stable = stored.find(({ id }) => id === status?.release?.stable);
  if (!stable?.children.some(({ role }) => role === "migration/contract-job")) return undefined;
  return {
    afterSeconds: app.spec.migration?.contract?.afterSeconds ?? unknownSeconds,
    job: judgeJobOf(snapshot, contractName(app.metadata.name, stable.id)),
    othersRun: snapshot.pods.some((pod) => isOfOther(pod, stable.id) && !hasEnded(pod) && !isLost(pod, snapshot.now)),
    older: olderThan(snapshot, stable.id),
  };
}

function isOfOther({ metadata: { labels } }: LiveObject, stable: string): boolean {
  const release = labels?.[RELEASE_LABEL];
  const component = labels?.[COMPONENT_LABEL] ?? "";
  return release !== undefined && release !== stable && /^(?:web$|worker-|schedule-)/u.test(component);
}

/** A rollback gives a release a new number, so its age is reported by its object; in doubt it is older. */
function olderThan({ owned }: Snapshot, stable: string): readonly string[] {
  const revisions = owned.filter(({ kind }) => kind === "ControllerRevision");
  const born = ({ metadata }: LiveObject) => Date.parse(metadata.creationTimestamp ?? "") || 0;
  const idOf = ({ metadata }: LiveObject) => metadata.labels?.[RELEASE_LABEL] ?? "";
  const at = Math.max(0, ...revisions.filter((object) => idOf(object) === stable).map(born));
  return revisions
    .filter((object) => idOf(object) !== stable && born(object) <= at)
    .toSorted((one, other) => born(one) - born(other))
    .map(idOf);
}
