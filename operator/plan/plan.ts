import { buildChildren } from "../resources/children.ts";
import type { Child } from "../resources/children.ts";
import { ownerReference } from "../resources/metadata.ts";
import { migrationName, webName } from "../resources/names.ts";
import { computeRevision } from "../resources/revision.ts";
import { judgeMigration, releaseOf, type Migration } from "./migration.ts";
import { decidePrune, type Prune } from "./prune.ts";
import { judgeReferences, type ReferenceProblem } from "./references.ts";
import { findOwned, type Snapshot } from "./snapshot.ts";

/** Why the pods of a release are left as they are for now. */
export type Hold =
  | { readonly reason: "ReferenceMissing"; readonly problems: readonly ReferenceProblem[] }
  | { readonly reason: "MigrationRunning" | "MigrationFailed"; readonly migration: Migration };

/** All that one reconcile should do, and why. */
export interface Plan {
  readonly revision: string;
  /** The revision that the web pods run, as far as the cluster shows. */
  readonly running: string | undefined;
  /** Every child that the spec wants, applied now or held. */
  readonly children: readonly Child[];
  /** To apply, in waves: a wave starts when the one before it was written. */
  readonly waves: readonly (readonly Child[])[];
  /** Why pod-bearing children are not among them. */
  readonly hold: Hold | undefined;
  readonly held: readonly Child[];
  readonly prune: readonly Prune[];
  readonly migration: Migration;
  readonly referenceProblems: readonly ReferenceProblem[];
}

/** Decides what to do about a snapshot. */
export function makePlan(snapshot: Snapshot): Plan {
  const { app, images } = snapshot;
  const digests = foundDigests(snapshot);
  const revision = computeRevision(snapshot.rawSpec, digests);
  const web = webName(app.metadata.name);
  const migration = judgeMigration(snapshot, revision, { job: migrationName(app.metadata.name, revision), web });
  const referenceProblems = judgeReferences(app, snapshot.references);
  const hold = decideHold(migration, referenceProblems);
  const intended = buildChildren(app, { revision, digests, images, owner: ownerReference(app.metadata) }).filter(
    // A finished Job that somebody removed is not wanted back: it would migrate a second time.
    (child) => child.object.kind !== "Job" || !(migration.state === "done" && migration.job === undefined),
  );
  const held = intended.filter((child) => hold && isHeld(child, hold));
  const apply = intended.filter((child) => !held.includes(child));
  return {
    revision,
    running: releaseOf(findOwned(snapshot, "Deployment", web)),
    children: intended,
    waves: inWaves(apply),
    hold,
    held,
    // While a release waits, what the running one needs must stay, whether the new spec wants it or not.
    prune: hold ? [] : decidePrune(intended, snapshot.owned),
    migration,
    referenceProblems,
  };
}

function decideHold(migration: Migration, problems: readonly ReferenceProblem[]): Hold | undefined {
  if (problems.length > 0) return { reason: "ReferenceMissing", problems };
  if (migration.state === "failed") return { reason: "MigrationFailed", migration };
  if (migration.state === "pending" || migration.state === "running") return { reason: "MigrationRunning", migration };
  return undefined;
}

function isHeld(child: Child, hold: Hold): boolean {
  if (child.podBearing) return true;
  return hold.reason === "ReferenceMissing" && child.object.kind === "Job";
}

function inWaves(children: readonly Child[]): readonly (readonly Child[])[] {
  return [0, 1, 2].map((wave) => children.filter((child) => child.wave === wave)).filter((wave) => wave.length > 0);
}

function foundDigests({ references }: Snapshot): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(references).flatMap(([key, reference]) => (reference.state === "found" ? [[key, reference.digest]] : [])),
  );
}
