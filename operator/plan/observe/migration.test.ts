import { describe, expect, test } from "vitest";
import { RELEASE_LABEL } from "../../api/labels.ts";
import { owned, podOf, snapshotOf, waiting } from "../../testing/snapshots.ts";
import { judgeMigration, releaseOf } from "./migration.ts";
import type { LiveObject } from "./snapshot.ts";

const names = { job: "shop-migrate-r2", web: "shop-web" };
const migrating = { migration: { command: ["migrate"] } };

function job(...conditions: object[]): LiveObject {
  return owned("Job", names.job, { status: { conditions } });
}

function web(release: string): LiveObject {
  return owned("Deployment", names.web, { spec: { template: { metadata: { labels: { [RELEASE_LABEL]: release } } } } });
}

const complete = { type: "Complete", status: "True" };
const failed = { type: "Failed", status: "True", reason: "BackoffLimitExceeded", message: "Job has reached the specified backoff limit" };

describe("where the migration of release r2 stands", () => {
  test.each([
    ["no migration in the spec: there is nothing to wait for", {}, [], { state: "none" }],
    ["no migration in the spec, though an old Job is still there", {}, [job(failed)], { state: "none" }],
    ["no Job yet", migrating, [], { state: "pending", job: names.job }],
    ["no Job yet, and the web runs the release before", migrating, [web("r1")], { state: "pending", job: names.job }],
    ["a Job without a condition", migrating, [job()], { state: "running", job: names.job }],
    [
      "a Job that is only about to end",
      migrating,
      [job({ type: "SuccessCriteriaMet", status: "True" })],
      { state: "running", job: names.job },
    ],
    ["a Job whose condition is False", migrating, [job({ ...complete, status: "False" })], { state: "running", job: names.job }],
    ["a suspended Job", migrating, [job({ type: "Suspended", status: "True" })], { state: "running", job: names.job }],
    ["a finished Job", migrating, [job(complete)], { state: "done", job: names.job }],
    ["a failed Job: its own words", migrating, [job(failed)], { state: "failed", job: names.job, why: failed.message }],
    [
      "a failed Job without words: its reason",
      migrating,
      [job({ ...failed, message: "" })],
      { state: "failed", job: names.job, why: failed.reason },
    ],
    [
      "a failed Job while the web already runs the release: the failure is reported",
      migrating,
      [job(failed), web("r2")],
      { state: "failed" },
    ],
    ["the finished Job was deleted afterwards: the web proves that it ran", migrating, [web("r2")], { state: "done", job: undefined }],
    [
      "a Job of the release before does not count",
      migrating,
      [owned("Job", "shop-migrate-r1", { status: { conditions: [complete] } })],
      { state: "pending" },
    ],
  ])("%s", (_story, spec, objects, expected) => {
    expect(judgeMigration(snapshotOf(spec, { owned: objects }), "r2", names)).toMatchObject(expected);
  });
});

test("a Job whose pod cannot run says why, long before its deadline", () => {
  const pod = (jobName: string) =>
    podOf(
      `${jobName}-x`,
      "migration",
      { containerStatuses: [waiting("app", "ImagePullBackOff")] },
      { labels: { "batch.kubernetes.io/job-name": jobName } },
    );
  const judge = (jobName: string) => judgeMigration(snapshotOf(migrating, { owned: [job()], pods: [pod(jobName)] }), "r2", names);
  expect(judge(names.job)).toMatchObject({ state: "running", trouble: { reason: "ImagePullFailed" } });
  expect(judge("shop-migrate-r1")).toEqual({ state: "running", job: names.job });
});

test("a workload without a release label, or none at all, runs no release", () => {
  expect(releaseOf(undefined)).toBeUndefined();
  expect(releaseOf(owned("Deployment", "shop-web", { spec: { template: {} } }))).toBeUndefined();
  expect(releaseOf(web("r7"))).toBe("r7");
});
