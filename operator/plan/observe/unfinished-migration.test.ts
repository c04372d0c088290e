import { describe, expect, test } from "vitest";
import { COMPONENT_LABEL } from "../../api/labels.ts";
import type { Tree } from "../../base/tree.ts";
import { completed, owned, podOf, waiting } from "../../testing/snapshots.ts";
import type { LiveObject } from "./snapshot.ts";
import { findUnfinishedMigration } from "./unfinished-migration.ts";

const name = "shop-migrate-b";
const job = (status: Tree = {}) => owned("Job", name, { metadata: { labels: { [COMPONENT_LABEL]: "migration" } }, status });
const labels = { [COMPONENT_LABEL]: "migration", "batch.kubernetes.io/job-name": name };
const pod = (status: Tree) => podOf(`${name}-1`, "migration", status, { labels });
const failed = { conditions: [{ type: "Failed", status: "True" }] };
const notPulled = pod({ phase: "Pending", containerStatuses: [waiting("app", "ImagePullBackOff")] });

describe("the migration of another release", () => {
  test.each<[string, LiveObject[], LiveObject[], { job: string; begun: boolean } | undefined]>([
    ["is over when its Job is complete", [job(completed)], [pod({ phase: "Succeeded" })], undefined],
    ["is over when its Job has failed", [job(failed)], [pod({ phase: "Failed" })], undefined],
    ["goes on while a pod of its failed Job does", [job(failed)], [pod({ phase: "Running" })], { job: name, begun: true }],
    ["goes on after its Job was deleted, until its pod is gone", [], [pod({ phase: "Running" })], { job: name, begun: true }],
    ["has begun when its container runs", [job()], [pod({ phase: "Running" })], { job: name, begun: true }],
    ["has begun when a try has failed", [job({ failed: 1 })], [], { job: name, begun: true }],
    ["has not begun before it has a pod", [job()], [], { job: name, begun: false }],
    ["has not begun while its image cannot be pulled", [job()], [notPulled], { job: name, begun: false }],
    [
      "may have begun when its container has ended, though the pod is not asked to",
      [job()],
      [pod({ phase: "Pending", containerStatuses: [{ state: { terminated: {} } }] })],
      { job: name, begun: true },
    ],
    [
      "is no Job of another component",
      [owned("Job", "shop-report-1", { status: {} })],
      [podOf("web", "web", { phase: "Running" })],
      undefined,
    ],
  ])("%s", (_, objects, pods, expected) => {
    expect(findUnfinishedMigration({ owned: objects, pods }, "shop-migrate-c")).toEqual(expected);
  });

  test("may be a contract migration, which is never thought not to have begun", () => {
    const contract = owned("Job", "shop-contract-a", { metadata: { labels: { [COMPONENT_LABEL]: "contract" } }, status: {} });
    expect(findUnfinishedMigration({ owned: [contract], pods: [] }, name)).toEqual({ job: "shop-contract-a", begun: true, contract: true });
  });

  test("is not the release's own", () => {
    expect(findUnfinishedMigration({ owned: [job()], pods: [pod({ phase: "Running" })] }, name)).toBeUndefined();
  });
});
