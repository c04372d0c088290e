import { describe, expect, test } from "vitest";
import type { Tree } from "../../base/tree.ts";
import type { LiveObject } from "../observe/snapshot.ts";
import { judgeRestarts, type RestartsInput } from "./restarts.ts";

const now = "2026-11-27T08:10:00Z";
const since = "2026-11-27T08:00:00Z";
const before = "2026-11-27T07:00:00Z";

/** A moment within the step, so many seconds ago. */
function ago(seconds: number): string {
  return new Date(Date.parse(now) - seconds * 1000).toISOString();
}

interface Ended {
  readonly exitCode?: number;
  readonly reason?: string;
  readonly finishedAt?: string;
  readonly startedAt?: string;
}

/** A container that runs again after so many restarts, the last of them as given. */
function restarted(restartCount: number, { exitCode = 1, reason = "Error", finishedAt = ago(120), ...rest }: Ended = {}): Tree {
  return { name: "app", restartCount, state: { running: {} }, lastState: { terminated: { exitCode, reason, finishedAt, ...rest } } };
}

function looping(restartCount: number, ended: Ended = {}): Tree {
  return { ...restarted(restartCount, ended), state: { waiting: { reason: "CrashLoopBackOff" } } };
}

const calm: Tree = { name: "app", restartCount: 0, state: { running: {} } };
const livenessKill = { exitCode: 137 };

interface PodTraits {
  readonly metadata?: Tree;
  readonly status?: Tree;
  readonly init?: readonly Tree[];
}

function podOf(name: string, containers: Tree | readonly Tree[], { metadata = {}, status = {}, init = [] }: PodTraits = {}): LiveObject {
  const containerStatuses = [containers].flat();
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, creationTimestamp: ago(590), ...metadata },
    status: { phase: "Running", containerStatuses, initContainerStatuses: init, ...status },
  };
}

const born = { metadata: { creationTimestamp: before } };

function pods(prefix: string, containers: readonly Tree[], traits: PodTraits = {}): LiveObject[] {
  return containers.map((container, index) => podOf(`${prefix}${index + 1}`, container, traits));
}

function judge(candidate: readonly LiveObject[], stable: readonly LiveObject[] = [], more: Partial<RestartsInput> = {}) {
  return judgeRestarts({ candidate, stable, now, since, sidecars: "judge", maxRestartedPodsPercent: 10, ...more });
}

const repeat = (count: number, container: Tree) => Array.from({ length: count }, () => container);
const stableCalm = pods("s", repeat(4, calm), born);

describe("a candidate beside stable pods that are well", () => {
  test.each<readonly [string, readonly Tree[], string, string | undefined]>([
    ["runs", [calm, calm], "pass", undefined],
    ["restarted once in one pod", [restarted(1), calm], "pass", undefined],
    ["restarted twice in one pod", [restarted(2), calm], "fail", "crashLoop"],
    ["waits in CrashLoopBackOff", [looping(1), calm], "fail", "crashLoop"],
    ["ended for the second time just now", [{ ...restarted(1), state: { terminated: { exitCode: 1 } } }, calm], "fail", "crashLoop"],
    ["was killed for its memory once", [restarted(1, { reason: "OOMKilled", exitCode: 137 }), calm], "fail", "outOfMemory"],
    ["is being killed for its memory", [{ ...calm, state: { terminated: { reason: "OOMKilled" } } }], "fail", "outOfMemory"],
    ["restarted in two pods of two", repeat(2, restarted(1)), "fail", "restarts"],
    ["restarted in two pods of three", [restarted(1), restarted(1), calm], "fail", "restarts"],
    ["restarted in two pods of twenty: the limit", [...repeat(2, restarted(1)), ...repeat(18, calm)], "pass", undefined],
    ["restarted in three pods of twenty", [...repeat(3, restarted(1)), ...repeat(17, calm)], "fail", "restarts"],
    ["restarted in two pods a moment ago", repeat(2, restarted(1, { finishedAt: ago(10) })), "pass", undefined],
    ["was killed by its liveness probe again and again", [restarted(2, livenessKill), calm], "fail", "crashLoop"],
    ["names a command that does not exist", [looping(2, { reason: "StartError", exitCode: 128 })], "fail", "crashLoop"],
  ])("that %s", (_what, containers, result, cause) => {
    const judged = judge(pods("c", containers), stableCalm);
    expect(judged).toMatchObject({ result, candidatePods: containers.length, stableRestarted: 0, stablePods: 4 });
    expect(judged.cause).toBe(cause);
  });

  test.each<readonly [string, Tree]>([
    ["restarted before the step", restarted(5, { finishedAt: before, startedAt: before })],
    ["restarted once in the step, and often before", restarted(5, { finishedAt: ago(60), startedAt: before })],
    [
      "was there and then lost by its runtime",
      restarted(1, { reason: "ContainerStatusUnknown", exitCode: 137, finishedAt: "0001-01-01T00:00:00Z" }),
    ],
  ])("that %s, in a pod that is older than the step", (_what, container) => {
    expect(judge(pods("c", [container], born), stableCalm).result).toBe("pass");
  });

  test("that restarted twice in the step, in a pod that is older than it", () => {
    const twice = restarted(5, { finishedAt: ago(60), startedAt: ago(300) });
    expect(judge(pods("c", [twice], born), stableCalm)).toMatchObject({ result: "fail", cause: "crashLoop" });
  });
});

describe("what the node did is excused:", () => {
  test.each<readonly [string, LiveObject]>([
    ["its reboot", podOf("c1", restarted(1, { reason: "Unknown", exitCode: 255 }))],
    ["a runtime that lost the container", podOf("c1", restarted(1, { reason: "ContainerStatusUnknown", exitCode: 137 }))],
    ["an eviction", podOf("c1", looping(9), { status: { phase: "Failed", reason: "Evicted" } })],
    ["a preemption", podOf("c1", looping(9), { status: { conditions: [{ type: "DisruptionTarget", status: "True" }] } })],
    ["the end of the pod", podOf("c1", looping(9), { metadata: { deletionTimestamp: ago(5) } })],
    ["a start that it could not do", podOf("c1", restarted(1, { reason: "StartError", exitCode: 128 }))],
    ["a container that could not be created", podOf("c1", { ...calm, state: { waiting: { reason: "CreateContainerError" } } })],
    ["an image that cannot be pulled", podOf("c1", { ...calm, state: { waiting: { reason: "ImagePullBackOff" } } })],
  ])("%s", (_what, pod) => {
    const judged = judge([pod, podOf("c2", restarted(1))], stableCalm);
    expect(judged).toMatchObject({ result: "pass", candidateRestarted: 1 });
    expect(judge([pod], stableCalm)).toMatchObject({ result: "pass", candidateRestarted: 0 });
  });

  test("an init container that ended well, also when its sandbox was made anew", () => {
    const done = { name: "prepare", restartCount: 2, state: { terminated: { exitCode: 0, reason: "Completed", finishedAt: ago(90) } } };
    expect(judge([podOf("c1", calm, { init: [{ ...done, restartCount: 0 }] })]).candidateRestarted).toBe(0);
    expect(judge([podOf("c1", calm, { init: [done], ...born })]).candidateRestarted).toBe(0);
  });
});

describe("a candidate beside stable pods that suffer too", () => {
  const killed = restarted(1, livenessKill);
  const killedAgain = restarted(2, { ...livenessKill, startedAt: ago(240) });
  const oom = restarted(1, { reason: "OOMKilled", exitCode: 137 });

  test.each<readonly [string, readonly Tree[], readonly Tree[], string]>([
    ["both crash loop", repeat(2, killedAgain), repeat(4, killedAgain), "pass"],
    ["stable pods restarted once by now, and the candidate twice", repeat(1, killedAgain), repeat(4, killed), "pass"],
    ["a smaller share of the stable pods", repeat(2, killedAgain), [...repeat(3, killedAgain), calm], "fail"],
    ["half of both", [killedAgain, calm], [killed, killed, calm, calm], "pass"],
    [
      "both wait in CrashLoopBackOff",
      repeat(2, looping(7, { finishedAt: ago(3) })),
      repeat(2, looping(4, { finishedAt: ago(290) })),
      "pass",
    ],
    ["both run out of memory", [oom, calm], [oom, calm], "pass"],
    ["the candidate runs out of memory, stable was killed otherwise", [oom, calm], repeat(2, killed), "fail"],
    ["single restarts of both", repeat(3, killed), repeat(4, killed), "pass"],
    ["single restarts of most candidates, and of fewer stable ones", repeat(3, killed), [killed, calm, calm, calm], "fail"],
    ["stable suffered in an outage that is over", repeat(2, killedAgain), repeat(4, restarted(1, { finishedAt: ago(580) })), "fail"],
    ["stable suffered before the step", repeat(2, killedAgain), repeat(4, restarted(3, { finishedAt: before })), "fail"],
  ])("%s", (_what, candidate, stable, result) => {
    expect(judge(pods("c", candidate), pods("s", stable, born)).result).toBe(result);
  });

  test("reports both figures", () => {
    expect(judge(pods("c", repeat(2, killedAgain)), pods("s", repeat(4, killed), born))).toEqual({
      result: "pass",
      cause: "crashLoop",
      pod: "c1",
      message:
        "container app of pod c1 ends again and again: killed from outside, as after a failed liveness or startup probe (exit code 137), 2 restarts, but stable pods suffer the same (2 of 2 candidate pods, 4 of 4 stable pods)",
      candidateRestarted: 2,
      candidatePods: 2,
      stableRestarted: 4,
      stablePods: 4,
    });
  });

  test("an OOM kill is not hidden by a crash loop that both have", () => {
    const judged = judge(pods("c", [killedAgain, oom]), pods("s", repeat(4, killed), born));
    expect(judged).toMatchObject({ result: "fail", cause: "outOfMemory", pod: "c2" });
  });

  test("nothing is compared where there are no stable pods", () => {
    expect(judge(pods("c", repeat(2, killedAgain)))).toMatchObject({ result: "fail", stablePods: 0 });
  });
});

describe("sidecars of the user", () => {
  const mesh = { ...restarted(3), name: "mesh" };

  test.each([
    ["judge", "fail"],
    ["ignore", "pass"],
  ] as const)("%s", (sidecars, result) => {
    expect(judge([podOf("c1", calm, { init: [mesh] })], stableCalm, { sidecars }).result).toBe(result);
  });

  test("the pooler is the operator's own", () => {
    const judged = judge([podOf("c1", calm, { init: [{ ...mesh, name: "pgbouncer" }] })], stableCalm, { sidecars: "ignore" });
    expect(judged).toMatchObject({ result: "fail", message: expect.stringContaining("container pgbouncer of pod c1") as string });
  });
});

test.each<readonly [string, Ended, string]>([
  ["SIGKILL", { exitCode: 137 }, "killed from outside, as after a failed liveness or startup probe (exit code 137)"],
  ["SIGTERM", { exitCode: 143 }, "killed from outside, as after a failed liveness or startup probe (exit code 143)"],
  ["an end in order", { exitCode: 0, reason: "Completed" }, "ended in order: of itself, or because a liveness or startup probe failed"],
  ["a crash", { exitCode: 3 }, "exit code 3, 2 restarts (1 of 1 candidate pod, 0 of 4 stable pods): read its log with"],
  ["a missing command", { exitCode: 128, reason: "StartError" }, "it could not be started (exit code 128)"],
])("the message describes %s", (_what, ended, words) => {
  expect(judge(pods("c", [looping(2, ended)]), stableCalm).message).toContain(words);
});

test("a limit of 100 percent judges crash loops alone", () => {
  expect(judge(pods("c", repeat(2, restarted(1))), [], { maxRestartedPodsPercent: 100 }).result).toBe("pass");
  expect(judge(pods("c", repeat(2, restarted(2))), [], { maxRestartedPodsPercent: 100 }).result).toBe("fail");
});

test("without a beginning everything that the pods show counts", () => {
  const bare: LiveObject = { apiVersion: "v1", kind: "Pod", metadata: { name: "c2" } };
  const judged = judge([podOf("c1", restarted(2, { finishedAt: before, startedAt: before }), born), bare], [], { since: undefined });
  expect(judged).toMatchObject({ result: "fail", cause: "crashLoop", candidatePods: 2 });
});
