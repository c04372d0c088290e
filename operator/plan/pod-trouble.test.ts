import { describe, expect, test } from "vitest";
import { podOf, waiting } from "../testing/snapshots.ts";
import { findPodTrouble } from "./pod-trouble.ts";

const unschedulable = {
  type: "PodScheduled",
  status: "False",
  reason: "Unschedulable",
  message: "0/3 nodes are available: 3 Insufficient cpu.",
};
const crashing = waiting("app", "CrashLoopBackOff", {
  message: "back-off 5m0s restarting failed container",
  restartCount: 7,
  lastState: { terminated: { exitCode: 137, reason: "OOMKilled" } },
});

function trouble(status: Record<string, unknown>, metadata = {}) {
  return findPodTrouble(podOf("web-1", "web", status, metadata));
}

describe("what is wrong with a pod", () => {
  test.each([
    [
      "it ends again and again",
      { containerStatuses: [crashing] },
      "PodsCrashing",
      /container app of pod web-1 .*OOMKilled, exit code 137, 7 restarts.*kubectl logs --previous/u,
    ],
    [
      "a variable names a key that is not there",
      { containerStatuses: [waiting("app", "CreateContainerConfigError", { message: "couldn't find key url in Secret retail/shop-db" })] },
      "PodsCrashing",
      /cannot start: couldn't find key url/u,
    ],
    [
      "its program does not exist",
      { containerStatuses: [waiting("app", "RunContainerError", { message: "exec: nope" })] },
      "PodsCrashing",
      /exec: nope/u,
    ],
    [
      "the image does not exist",
      { containerStatuses: [waiting("app", "ImagePullBackOff", { message: "Back-off pulling image shop:typo" })] },
      "ImagePullFailed",
      /ImagePullBackOff: Back-off pulling image shop:typo/u,
    ],
    ["the image's name is no name", { containerStatuses: [waiting("app", "InvalidImageName")] }, "ImagePullFailed", /InvalidImageName/u],
    [
      "the pooler beside the app crashes",
      { initContainerStatuses: [waiting("pgbouncer", "CrashLoopBackOff")], containerStatuses: [waiting("app", "PodInitializing")] },
      "PodsCrashing",
      /container pgbouncer/u,
    ],
    ["no node has room", { conditions: [unschedulable] }, "PodsUnschedulable", /pod web-1 fits on no node: 0\/3 nodes/u],
  ] as const)("%s", (_story, status, reason, message) => {
    expect(trouble(status)).toMatchObject({ pod: "web-1", reason, message: expect.stringMatching(message) as string });
  });

  test.each([
    ["it runs", { containerStatuses: [{ name: "app", ready: true, state: { running: {} } }] }],
    ["it is being created", { containerStatuses: [waiting("app", "ContainerCreating")] }],
    ["it waits for its init containers", { containerStatuses: [waiting("app", "PodInitializing")] }],
    ["it waits at a scheduling gate", { conditions: [{ ...unschedulable, reason: "SchedulingGated" }] }],
    ["it was scheduled", { conditions: [{ ...unschedulable, status: "True" }] }],
    ["nothing is known of it yet", {}],
    ["its status is of a shape that nobody knows", { containerStatuses: "?", conditions: [null, 7] }],
  ])("nothing: %s", (_story, status) => {
    expect(trouble(status)).toBeUndefined();
  });

  test("a pod that is on its way out troubles nobody", () => {
    expect(trouble({ containerStatuses: [crashing] }, { deletionTimestamp: "2026-11-27T08:00:00Z" })).toBeUndefined();
  });
});
