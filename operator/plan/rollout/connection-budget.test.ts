import { expect, test } from "vitest";
import { appOf, database } from "../../testing/rendered.ts";
import { countConnections, describeBudget } from "./connection-budget.ts";

const pooled = { ...database, maxConnections: 100, reservedConnections: 10, pooler: { mode: "sidecar", poolSize: 5 } };
const autoscaled = (minReplicas: number, maxReplicas: number) => ({ autoscaling: { minReplicas, maxReplicas } });
const schedule = (name: string) => ({ name, cron: "0 3 * * *", command: ["x"] });

test.each([
  ["one web pod, its surge, and one that ends: (1 + 1 + 1) x 5", {}, 15],
  ["the ceiling counts, not the floor: (10 + 1 + 10) x 5", { web: autoscaled(2, 10) }, 105],
  ["a fixed number: (3 + 1 + 3) x 5", { web: { replicas: 3 } }, 35],
  ["a larger batch surges more: (3 + 2 + 3) x 5", { web: { replicas: 3 }, rollout: { rolling: { batch: 2 } } }, 40],
  [
    "each worker with its own surge, and with pods that finish their jobs: (1 + 1 + 1 + 4 + 1 + 4 + 2 + 1 + 2) x 5",
    {
      workers: [
        { name: "a", command: ["work"], ...autoscaled(1, 4) },
        { name: "b", command: ["work"], replicas: 2 },
      ],
    },
    85,
  ],
  ["one run of every schedule, for runs never overlap: (1 + 1 + 1 + 2) x 5", { schedules: [schedule("a"), schedule("b")] }, 25],
  [
    "a canary of up to 50 % beside a ceiling of 4: (4 + 1 + 4 + 1 + 4) x 5",
    { web: autoscaled(2, 4), rollout: { strategy: "canary", canary: { steps: [{ weight: 5 }, { weight: 50 }] } } },
    70,
  ],
  [
    "a large canary that ends while the next one starts: (4 + 1 + 6 + 1 + 6) x 5; a step of full weight is a promotion, and counts less",
    { web: autoscaled(2, 4), rollout: { strategy: "canary", canary: { steps: [{ weight: 60 }, { weight: 100 }] } } },
    90,
  ],
  [
    "a tenth of the replicas, rounded up: (25 + 3 + 25 + 4 + 1 + 4) x 5",
    { web: { replicas: 25 }, workers: [{ name: "a", command: ["work"], replicas: 4 }], rollout: { rolling: { batch: "10%" } } },
    310,
  ],
  [
    "a singleton has no surge, and has ended before the next one starts: (3 + 1) x 5",
    { workers: [{ name: "clock", command: ["work"], singleton: true }] },
    20,
  ],
  [
    "both colours at full size, and one of before: (3 + 1 + 3 + 1 + 3) x 5",
    { web: { replicas: 3 }, rollout: { strategy: "blueGreen" } },
    55,
  ],
  [
    "a reserve of the pool counts: (1 + 1 + 1) x (5 + 2)",
    { postgres: { ...pooled, pooler: { ...pooled.pooler, parameters: { reserve_pool_size: "2" } } } },
    21,
  ],
  ["the migration's own connection beside its pooler's: (1 + 1 + 1 + 1) x 5 + 1", { migration: { command: ["migrate"] } }, 21],
])("%s", (_story, spec, used) => {
  expect(countConnections(appOf({ postgres: pooled, ...spec }))).toMatchObject({ server: "primary", limit: 90, used });
});

test("a canary under way is counted though the spec asks for blue/green by now: (4 + 1 + 6 + 1 + 6) x 5", () => {
  const rollout = { strategy: "blueGreen", canary: { steps: [{ weight: 60 }] } };
  const app = appOf({ postgres: pooled, web: autoscaled(2, 4), rollout });
  expect(countConnections(app)?.used).toBe(70);
  expect(countConnections(app, { underWay: "canary" })?.used).toBe(90);
  expect(countConnections(app, { underWay: "rolling" })?.used).toBe(70);
});

test("pools of earlier releases are counted where they are larger: (1 + 1 + 1) x 8", () => {
  expect(countConnections(appOf({ postgres: pooled }), { perPod: 8 })?.used).toBe(24);
});

test("each read replica is a server of its own, and the one with the least to spare is reported", () => {
  const replicas = [
    { ...database, maxConnections: 30 },
    { ...database, maxConnections: 200 },
  ];
  const app = appOf({ postgres: { ...pooled, replicas }, migration: { command: ["migrate"] } });
  expect(countConnections(app)).toMatchObject({ server: "postgres.replicas[0]", limit: 20, used: 20, direct: 0 });
});

test("the sum can be read", () => {
  const app = appOf({ postgres: pooled, web: autoscaled(2, 4), schedules: [schedule("a")], migration: { command: ["migrate"] } });
  expect(describeBudget(countConnections(app)!)).toBe(
    "(9 + 1 + 1) x 5 + 1 = 56 of 90 connections at the worst moment (pods: web 4 + 1 surge + 4 ending, schedules 1, migration 1)",
  );
});

test("without a pooler nothing can be counted but the migration", () => {
  const app = appOf({ postgres: { ...pooled, pooler: { mode: "none" } }, migration: { command: ["migrate"] } });
  expect(countConnections(app)).toMatchObject({ limit: 90, used: 1, perPod: 0 });
});

test("without a database there is no budget", () => {
  expect(countConnections(appOf())).toBeUndefined();
});
