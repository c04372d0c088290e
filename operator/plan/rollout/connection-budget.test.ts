import { expect, test } from "vitest";
import { appOf, database } from "../../testing/rendered.ts";
import { countConnections } from "./connection-budget.ts";

const pooled = { ...database, maxConnections: 100, reservedConnections: 10, pooler: { mode: "sidecar", poolSize: 5 } };
const autoscaled = (minReplicas: number, maxReplicas: number) => ({ autoscaling: { minReplicas, maxReplicas } });
const schedule = (name: string) => ({ name, cron: "0 3 * * *", command: ["x"] });

test.each([
  ["one web pod and its surge: (1 + 1) x 5", {}, 10],
  ["the ceiling counts, not the floor: (10 + 1) x 5", { web: autoscaled(2, 10) }, 55],
  ["a fixed number: (3 + 1) x 5", { web: { replicas: 3 } }, 20],
  ["a larger batch surges more: (3 + 2) x 5", { web: { replicas: 3 }, rollout: { rolling: { batch: 2 } } }, 25],
  [
    "each worker with its own surge: (1 + 1 + 4 + 1 + 2 + 1) x 5",
    {
      workers: [
        { name: "a", command: ["work"], ...autoscaled(1, 4) },
        { name: "b", command: ["work"], replicas: 2 },
      ],
    },
    50,
  ],
  ["one run of every schedule: (1 + 1 + 2) x 5", { schedules: [schedule("a"), schedule("b")] }, 20],
  [
    "a canary of up to 50 % beside a ceiling of 4: (4 + 1 + 4 + 1) x 5",
    { web: autoscaled(2, 4), rollout: { strategy: "canary", canary: { steps: [{ weight: 5 }, { weight: 50 }] } } },
    50,
  ],
  [
    "a step of full weight is a promotion, and counts less than the one before: (4 + 1 + 6 + 1) x 5",
    { web: autoscaled(2, 4), rollout: { strategy: "canary", canary: { steps: [{ weight: 60 }, { weight: 100 }] } } },
    60,
  ],
  [
    "a tenth of the replicas, rounded up: (25 + 3 + 4 + 1) x 5",
    { web: { replicas: 25 }, workers: [{ name: "a", command: ["work"], replicas: 4 }], rollout: { rolling: { batch: "10%" } } },
    165,
  ],
  ["a singleton has no surge: (1 + 1 + 1) x 5", { workers: [{ name: "clock", command: ["work"], singleton: true }] }, 15],
  ["both colours at full size: (3 + 1 + 3 + 1) x 5", { web: { replicas: 3 }, rollout: { strategy: "blueGreen" } }, 40],
  [
    "a reserve of the pool counts: (1 + 1) x (5 + 2)",
    { postgres: { ...pooled, pooler: { ...pooled.pooler, parameters: { reserve_pool_size: "2" } } } },
    14,
  ],
  ["the migration's own connection: (1 + 1) x 5 + 1", { migration: { command: ["migrate"] } }, 11],
])("%s", (_story, spec, used) => {
  expect(countConnections(appOf({ postgres: pooled, ...spec }))).toMatchObject({ limit: 90, used });
});

test("a canary under way is counted though the spec asks for blue/green by now: (4 + 1 + 6 + 1) x 5", () => {
  const rollout = { strategy: "blueGreen", canary: { steps: [{ weight: 60 }] } };
  const app = appOf({ postgres: pooled, web: autoscaled(2, 4), rollout });
  expect(countConnections(app)?.used).toBe(50);
  expect(countConnections(app, "canary")?.used).toBe(60);
  expect(countConnections(app, "rolling")?.used).toBe(50);
});

test("without a pooler nothing can be counted but the migration", () => {
  const app = appOf({ postgres: { ...pooled, pooler: { mode: "none" } }, migration: { command: ["migrate"] } });
  expect(countConnections(app)).toEqual({ limit: 90, used: 1, perPod: 0 });
});

test("without a database there is no budget", () => {
  expect(countConnections(appOf())).toBeUndefined();
});
