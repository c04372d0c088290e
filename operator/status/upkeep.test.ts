import { expect, test } from "vitest";
import { snapshotOf } from "../testing/snapshots.ts";
import { database } from "../testing/rendered.ts";
import { partitionsComponent, viewComponent } from "../resources/upkeep/upkeep.ts";
import { judgeUpkeep } from "./upkeep.ts";

const spec = {
  postgres: { ...database, partitions: [{ table: "events", column: "created_at" }], materializedViews: [{ name: "stats", every: "5m" }] },
};

/** A pod of a run that ended, at a minute of the day. */
function run(component: string, minute: number, terminated?: object) {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `${component}-${minute}`,
      namespace: "retail",
      labels: { "scalableapp.dev/app": "shop", "app.kubernetes.io/component": component },
      creationTimestamp: `2026-11-27T08:${String(minute).padStart(2, "0")}:00Z`,
    },
    status: { containerStatuses: terminated === undefined ? [] : [{ name: "upkeep", state: { terminated } }] },
  };
}

const good = { exitCode: 0 };
const printed = [
  "psql:/etc/scalable-app/upkeep/partitions.sql:9: NOTICE:  events: 1 created, 0 dropped",
  "psql:/etc/scalable-app/upkeep/partitions.sql:9: ERROR:  clicks is not partitioned: create it with PARTITION BY RANGE (day), or remove postgres.partitions[clicks]",
].join("\n");
const bad = { exitCode: 1, message: printed };

const judge = (pods: readonly object[], more: object = {}) =>
  judgeUpkeep({ snapshot: snapshotOf({ ...spec, ...more }, { pods: pods as never }) }).map(
    ({ status, reason, message }) => `${status} ${reason}: ${message}`,
  );

const [tables, view] = [partitionsComponent, viewComponent("stats")];

test.each([
  ["none has run", [], "Unknown UpkeepPending: no run has ended yet of the partitions of events, the view stats"],
  ["one is under way", [run(tables, 1, good), run(view, 2)], "Unknown UpkeepPending: no run has ended yet of the view stats"],
  [
    "all ended well",
    [run(tables, 1, good), run(view, 2, good)],
    "True UpkeepSucceeded: the newest run of each succeeded: the partitions of events, the view stats",
  ],
  [
    "one failed",
    [run(tables, 1, bad), run(view, 2, good)],
    "False UpkeepFailed: the partitions of events: clicks is not partitioned: create it with PARTITION BY RANGE (day), or remove postgres.partitions[clicks]",
  ],
  [
    "it failed before, and a newer run ended well",
    [run(tables, 3, good), run(tables, 1, bad), run(view, 2, good)],
    "True UpkeepSucceeded: the newest run of each succeeded: the partitions of events, the view stats",
  ],
  [
    "a newer run of what failed is under way",
    [run(tables, 3), run(tables, 1, bad), run(view, 2, good)],
    "False UpkeepFailed: the partitions of events: clicks is not partitioned: create it with PARTITION BY RANGE (day), or remove postgres.partitions[clicks]",
  ],
  [
    "it was given up without a word",
    [run(tables, 1, { exitCode: 137, reason: "OOMKilled" }), run(view, 2, good)],
    "False UpkeepFailed: the partitions of events: OOMKilled",
  ],
])("where %s", (_, pods, expected) => {
  expect(judge(pods)).toEqual([expected]);
});

test("a run whose pod went with its node still counts", () => {
  const labels = { "app.kubernetes.io/component": tables };
  const owned = [
    {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "shop-upkeep-partitions-1", labels },
      status: { conditions: [{ type: "Complete", status: "True" }] },
    },
  ];
  const snapshot = snapshotOf({ postgres: { ...spec.postgres, materializedViews: [] } }, { owned });
  expect(judgeUpkeep({ snapshot })).toMatchObject([{ status: "True", reason: "UpkeepSucceeded" }]);
});

test("an app without such fields, or suspended, has no such condition", () => {
  expect(judge([], { postgres: database })).toEqual([]);
  expect(judge([], { suspend: true })).toEqual([]);
});
