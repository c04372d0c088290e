import { describe, expect, test } from "vitest";
import type { Tree } from "../../base/tree.ts";
import { database } from "../../testing/rendered.ts";
import { podOf, snapshotOf, testNow, waiting } from "../../testing/snapshots.ts";
import { findPodTrouble, type PodContext } from "./pod-trouble.ts";
import type { ProbeAnswer } from "./probe-answers.ts";

const unschedulable = {
  type: "PodScheduled",
  status: "False",
  reason: "Unschedulable",
  message: "0/3 nodes are available: 3 Insufficient cpu.",
};
const spec = {
  postgres: { ...database, pooler: { mode: "sidecar" } },
  env: [{ name: "TOKEN", valueFrom: { secretKeyRef: { name: "tokens", key: "pay" } } }],
  workers: [{ name: "orders", command: ["w"], port: 3000, image: "ghcr.io/acme/orders:1" }],
};
const unready = { name: "app", ready: false, started: true, state: { running: { startedAt: "2026-11-27T07:50:00Z" } } };

function crashing(terminated: Tree, name = "app"): Tree {
  return waiting(name, "CrashLoopBackOff", { message: "back-off 5m0s", restartCount: 7, lastState: { terminated } });
}

interface Circumstances {
  readonly component?: string;
  readonly metadata?: Tree;
  readonly facts?: Partial<PodContext>;
}

function trouble(status: Tree, { component = "web", metadata = {}, facts = {} }: Circumstances = {}) {
  return findPodTrouble(podOf("web-1", component, status, metadata), { app: snapshotOf(spec).app, now: testNow, ...facts });
}

function answers(answer: Partial<ProbeAnswer>): Partial<PodContext> {
  const asked = {
    probe: "readinessProbe",
    port: 8080,
    path: "/api/health/ready",
    host: undefined,
    timeoutSeconds: 3,
    outcome: 404,
  } as const;
  return { probeAnswers: { "web-1": { ...asked, ...answer } } };
}

const live = { probe: "startupProbe", path: "/api/health/live" } as const;
const wrongPassword = {
  poolerErrors: {
    "web-1":
      '2026-11-27 07:59:00.123 UTC [1] WARNING C-0x55f0: app/app@127.0.0.1:4321 pooler error: server login failed: FATAL password authentication failed for user "shop"',
  },
};

describe("what is wrong with a pod", () => {
  const rows: readonly (readonly [story: string, status: Tree, reason: string, message: RegExp, component?: string])[] = [
    [
      "it ends again and again",
      { containerStatuses: [crashing({ exitCode: 1, reason: "Error" })] },
      "PodsCrashing",
      /container app of pod web-1 .*Error, exit code 1, 7 restarts.*kubectl logs --previous/u,
    ],
    [
      "its kubelet ends it",
      { containerStatuses: [crashing({ exitCode: 137, reason: "Error" })] },
      "PodsCrashing",
      /failed startup or liveness probe \(GET \/api\/health\/live\).*set web\.health\.live/u,
    ],
    [
      "its memory is too small",
      { containerStatuses: [crashing({ exitCode: 137, reason: "OOMKilled" })] },
      "ContainerOutOfMemory",
      /container app of pod web-1 was killed for its memory: raise resources\.limits\.memory of web$/u,
    ],
    [
      "its memory is too small at its first start",
      { containerStatuses: [{ name: "app", ready: false, state: { terminated: { reason: "OOMKilled", exitCode: 137 } } }] },
      "ContainerOutOfMemory",
      /of workers\[orders\]$/u,
      "worker-orders",
    ],
    [
      "Redis' memory is too small",
      { containerStatuses: [crashing({ reason: "OOMKilled", exitCode: 137 }, "redis")] },
      "ContainerOutOfMemory",
      /raise redis\.queue\.memory$/u,
      "redis-queue",
    ],
    [
      "a variable names a key that is not there",
      { containerStatuses: [waiting("app", "CreateContainerConfigError", { message: "couldn't find key pay in Secret retail/tokens" })] },
      "PodsCrashing",
      /cannot start: couldn't find key pay .*add the key, or correct env\[TOKEN\]$/u,
    ],
    [
      "a Secret is gone",
      { containerStatuses: [waiting("app", "CreateContainerConfigError", { message: 'secret "tokens" not found' })] },
      "PodsCrashing",
      /create it, or correct its name in env or envFrom/u,
    ],
    [
      "its image runs as root",
      {
        containerStatuses: [
          waiting("app", "CreateContainerConfigError", { message: "container has runAsNonRoot and image will run as root" }),
        ],
      },
      "PodsCrashing",
      /set podSecurity\.runAsUser/u,
    ],
    [
      "its program does not exist",
      { containerStatuses: [waiting("app", "RunContainerError", { message: 'exec: "nope": executable file not found in $PATH' })] },
      "PodsCrashing",
      /correct workers\[orders\]\.command/u,
      "worker-orders",
    ],
    [
      "the image does not exist",
      { containerStatuses: [waiting("app", "ImagePullBackOff", { message: "Back-off pulling image shop:typo" })] },
      "ImagePullFailed",
      /ImagePullBackOff: Back-off pulling image shop:typo: correct image, or imagePullSecrets/u,
    ],
    [
      "a worker's own image does not exist",
      { containerStatuses: [waiting("app", "ErrImagePull")] },
      "ImagePullFailed",
      /correct workers\[orders\]\.image/u,
      "worker-orders",
    ],
    ["the image's name is no name", { containerStatuses: [waiting("app", "InvalidImageName")] }, "ImagePullFailed", /InvalidImageName/u],
    [
      "the pooler's image cannot be pulled",
      { initContainerStatuses: [waiting("pgbouncer", "ErrImagePull")] },
      "ImagePullFailed",
      /correct images\.pgbouncer of the operator's chart/u,
    ],
    [
      "the pooler beside the app crashes",
      { initContainerStatuses: [waiting("pgbouncer", "CrashLoopBackOff")], containerStatuses: [waiting("app", "PodInitializing")] },
      "PodsCrashing",
      /container pgbouncer/u,
    ],
    [
      "the pooler says why it does not start",
      { initContainerStatuses: [crashing({ message: "pooler cannot start: database app: the URL names no host\n" }, "pgbouncer")] },
      "DatabaseConnectionFailed",
      /the pooler of pod web-1 does not start: .*the URL names no host: correct key url of Secret shop-db \(postgres\.urlFrom\)$/u,
    ],
    [
      "no node has room",
      { conditions: [unschedulable] },
      "PodsUnschedulable",
      /^pod web-1 fits on none of 3 nodes: too little free cpu \(3\): lower web\.resources\.requests, or add nodes$/u,
    ],
    [
      "a queue holds it back",
      { conditions: [{ ...unschedulable, reason: "SchedulingGated" }] },
      "SchedulingGated",
      /^pod web-1: a scheduling gate keeps it from the scheduler: whoever sets it .* must take it off/u,
    ],
  ];

  test.each(rows.map(([story, status, reason, message, component = "web"]) => [story, { status, reason, message, component }] as const))(
    "%s",
    (_story, { status, reason, message, component }) => {
      expect(trouble(status, { component })).toMatchObject({ pod: "web-1", reason, message: expect.stringMatching(message) as string });
    },
  );

  test.each([
    ["it runs", { containerStatuses: [{ name: "app", ready: true, state: { running: {} } }] }],
    ["it is being created", { containerStatuses: [waiting("app", "ContainerCreating")] }],
    ["it waits for its init containers", { containerStatuses: [waiting("app", "PodInitializing")] }],
    ["it was scheduled", { conditions: [{ ...unschedulable, status: "True" }] }],
    ["nothing is known of it yet", {}],
    ["its status is of a shape that nobody knows", { containerStatuses: "?", conditions: [null, 7] }],
    [
      "it was killed for its memory once and serves again",
      { containerStatuses: [{ ...unready, ready: true, lastState: { terminated: { reason: "OOMKilled" } } }] },
    ],
  ])("nothing: %s", (_story, status) => {
    expect(trouble(status)).toBeUndefined();
  });

  test("a pod that is on its way out troubles nobody", () => {
    const status = { containerStatuses: [crashing({ exitCode: 1 })] };
    expect(trouble(status, { metadata: { deletionTimestamp: "2026-11-27T08:00:00Z" } })).toBeUndefined();
  });
});

describe("why a pod whose containers run is not ready", () => {
  test.each<readonly [string, Partial<PodContext>, string, RegExp]>([
    ["a wrong path", answers({}), "ProbeFailed", /^pod web-1: readiness answers 404 at \/api\/health\/ready: set web\.health\.ready/u],
    ["a wrong password", wrongPassword, "DatabaseConnectionFailed", /has no connection to the database: .*password authentication failed/u],
    [
      "503 because of the password",
      { ...answers({ outcome: 503 }), ...wrongPassword },
      "DatabaseConnectionFailed",
      /key url of Secret shop-db/u,
    ],
    ["a wrong path and a wrong password", { ...answers({}), ...wrongPassword }, "ProbeFailed", /answers 404/u],
  ])("%s", (_story, facts, reason, message) => {
    expect(trouble({ containerStatuses: [unready] }, { facts })).toMatchObject({
      reason,
      message: expect.stringMatching(message) as string,
    });
  });

  test.each<readonly [number, string]>([
    [137, "Error"],
    [0, "Completed"],
  ])("an app that ended with %i after its kubelet asked it to is reported with what it answered", (exitCode, reason) => {
    const status = { containerStatuses: [crashing({ exitCode, reason })] };
    expect(trouble(status, { facts: answers(live) })?.message).toBe(
      `container app of pod web-1 is ended by its kubelet again and again (${reason}, exit code ${exitCode}, 7 restarts): startup answers 404 at /api/health/live: set web.health.live to a path that answers 200`,
    );
  });

  test("an app that cannot live without its database is reported with what the pooler says", () => {
    const status = { containerStatuses: [crashing({ exitCode: 1, reason: "Error" })] };
    expect(trouble(status, { facts: wrongPassword })?.message).toMatch(
      /kubectl logs --previous; its pooler has no connection: .*Secret shop-db/u,
    );
  });

  test("a pod that is ready troubles nobody, whatever it answered before", () => {
    const status = { conditions: [{ type: "Ready", status: "True" }] };
    expect(trouble(status, { facts: { ...answers({}), ...wrongPassword } })).toBeUndefined();
  });
});
