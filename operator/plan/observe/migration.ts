import { RELEASE_LABEL } from "../../api/labels.ts";
import { findPodTrouble, type PodContext, type PodTrouble } from "./pod-trouble.ts";
import { findOwned, type LiveObject, type Snapshot } from "./snapshot.ts";
import { conditionIsTrue } from "../../base/condition.ts";
import { read, readString } from "../../base/read.ts";

/** Label that Kubernetes puts on the pods of a Job. */
export const JOB_LABEL = "batch.kubernetes.io/job-name";

/** Where the migration of a release stands; only "none" and "done" let pods of the release start. */
export type Migration =
  | { readonly state: "none" }
  | { readonly state: "pending"; readonly job: string }
  /** `trouble`: what keeps its pod from running, which no Job's condition reports before the deadline. */
  | { readonly state: "running"; readonly job: string; readonly trouble?: PodTrouble }
  | { readonly state: "failed"; readonly job: string; readonly why: string }
  | { readonly state: "done"; readonly job: string | undefined };

/**
 * Judges the migration of the revision. A web Deployment that already carries the revision proves that its migration is over,
 * so a Job that somebody deleted afterwards is not run a second time.
 */
export function judgeMigration(snapshot: Snapshot, revision: string, names: { readonly job: string; readonly web: string }): Migration {
  if (!snapshot.app.spec.migration) return { state: "none" };
  const job = findOwned(snapshot, "Job", names.job);
  if (job) return judgeJob(job, snapshot);
  if (releaseOf(findOwned(snapshot, "Deployment", names.web)) === revision) return { state: "done", job: undefined };
  return { state: "pending", job: names.job };
}

/** Judges a Job that runs once per release; one that does not exist is still to come. */
export function judgeJobOf(snapshot: Pick<Snapshot, "owned" | "pods" | keyof PodContext>, name: string): Migration {
  const job = findOwned(snapshot, "Job", name);
  return job ? judgeJob(job, snapshot) : { state: "pending", job: name };
}

function judgeJob(job: LiveObject, snapshot: Pick<Snapshot, "pods" | keyof PodContext>): Migration {
  const name = job.metadata.name;
  if (conditionIsTrue(job, "Complete")) return { state: "done", job: name };
  const failed = conditionIsTrue(job, "Failed");
  if (failed) return { state: "failed", job: name, why: failed.message || failed.reason };
  const [trouble] = snapshot.pods
    .filter((pod) => pod.metadata.labels?.[JOB_LABEL] === name)
    .flatMap((pod) => findPodTrouble(pod, snapshot) ?? []);
  return { state: "running", job: name, ...(trouble && { trouble }) };
}

/** The revision that a workload's pod template carries. */
export function releaseOf(workload: LiveObject | undefined): string | undefined {
  return readString(read(workload, "spec", "template", "metadata", "labels", RELEASE_LABEL));
}
