import { expect, test } from "vitest";
import type { LiveObject } from "../snapshot.ts";
import { countRestarts } from "./restarts.ts";

interface Container {
  readonly name: string;
  readonly restartCount?: number;
  readonly state?: unknown;
  readonly lastState?: unknown;
}

function pod(name: string, containerStatuses: readonly Container[], initContainerStatuses: readonly Container[] = []): LiveObject {
  return { apiVersion: "v1", kind: "Pod", metadata: { name }, status: { containerStatuses, initContainerStatuses } };
}

test("counts nothing in pods that run, or have no status yet", () => {
  expect(countRestarts([])).toEqual({ restarts: 0, oomKills: 0 });
  const bare: LiveObject = { apiVersion: "v1", kind: "Pod", metadata: { name: "c1" } };
  expect(countRestarts([bare, pod("c2", [{ name: "app", restartCount: 0, state: { running: {} } }])])).toEqual({
    restarts: 0,
    oomKills: 0,
  });
});

test("counts every container of every pod, and names the worst", () => {
  const crashed = { terminated: { reason: "Error", exitCode: 137 } };
  const counts = countRestarts([
    pod("c1", [{ name: "app", restartCount: 1, lastState: crashed }], [{ name: "pgbouncer", restartCount: 3, lastState: crashed }]),
    pod("c2", [{ name: "app", restartCount: 2 }]),
  ]);
  expect(counts).toEqual({
    restarts: 6,
    oomKills: 0,
    worst: "container pgbouncer of pod c1 restarted 3 times (Error, exit code 137)",
  });
});

test("sees a container that ran out of memory, now or before its restart", () => {
  const oom = { terminated: { reason: "OOMKilled", exitCode: 137 } };
  const counts = countRestarts([
    pod("c1", [{ name: "app", restartCount: 1, state: { running: {} }, lastState: oom }]),
    pod("c2", [{ name: "app", state: oom }]),
  ]);
  expect(counts).toEqual({
    restarts: 1,
    oomKills: 2,
    worst: "container app of pod c1 restarted once (OOMKilled, exit code 137)",
    oomKilled: "container app of pod c1 ran out of memory",
  });
});

test.each([
  { restartCount: 1, state: { running: {} }, restarts: 0 },
  { restartCount: 2, state: { running: {} }, restarts: 1 },
  { restartCount: 1, state: { waiting: { reason: "RunContainerError" } }, restarts: 1 },
])("forgives one start that the node could not carry out, once the container runs: $restartCount, $state", ({ restarts, ...container }) => {
  const lastState = { terminated: { reason: "StartError", exitCode: 128 } };
  expect(countRestarts([pod("c1", [], [{ name: "pgbouncer", lastState, ...container }])]).restarts).toBe(restarts);
});
