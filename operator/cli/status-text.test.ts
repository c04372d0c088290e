import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import type { ScalableAppStatus } from "../api/status.ts";
import type { KubeObject } from "../base/object.ts";
import { appObject, at, atGate, lookedAt, quarantined, stable, statusWith } from "../testing/cli-apps.ts";
import { expectGolden } from "../testing/golden.ts";
import { toApp } from "./app.ts";
import { endOf } from "./release-end.ts";
import { progressLine, statusJson, statusText } from "./status-text.ts";

const components = [
  { name: "web", desired: 3, replicas: 4, ready: 3, updated: 3 },
  { name: "web-canary", desired: 1, replicas: 1, ready: 0, message: "CrashLoopBackOff: exit status 1" },
];
const requests = [
  { action: "promote", id: "cli-1", outcome: "done", at: at("11:55:00") },
  { action: "resume", id: "cli-2", outcome: "refused", message: "nothing is paused", at: at("11:59:58") },
] as const;
const invalid: ScalableAppStatus = {
  ...statusWith(atGate),
  conditions: (["Ready", "Stalled"] as const).map((type) => ({
    type,
    status: type === "Ready" ? "False" : "True",
    reason: "InvalidSpec",
    message: "spec.image must not be empty. The running app was left as it is",
    observedGeneration: 4,
    lastTransitionTime: at("11:00:00"),
  })),
};
const ofOne =
  "release 5a0c9f8e7d gets 50 % of the requests (1 of 2 pods; 5 % needs 19 stable pods or a Gateway) (step 1 of 3): shop-web-canary 1 of 1 pods ready";
const workers = [
  { name: "orders", command: ["work"], queue: { bullmq: "orders" } },
  { name: "events", command: ["work"], queue: { redisStream: { key: "events", group: "g" } } },
  { name: "mails", command: ["work"], queue: { redisList: "celery" } },
  { name: "reports", command: ["work"], queue: { redisList: "celery" }, busy: {} },
];
const baking = { ...atGate, phase: "Baking", strategy: "blueGreen", step: undefined, weight: 100, pause: undefined } as const;

const examples: readonly (readonly [name: string, object: KubeObject])[] = [
  ["stable", appObject(statusWith(stable, { components: components.slice(0, 1) }))],
  ["canary-at-gate", appObject(statusWith(atGate, { components, requests: [...requests] }))],
  ["canary-of-one", appObject(statusWith({ ...atGate, step: 0, weight: 5, pause: undefined, message: ofOne }))],
  ["workers", appObject(statusWith(stable), { workers, redis: { queue: {} } })],
  ["quarantined", appObject(quarantined)],
  ["blue-green-baking", appObject(statusWith(baking))],
  ["paused", appObject(statusWith({ ...atGate, pause: { reason: "Manual", since: at("10:00:00") } }))],
  [
    "frozen",
    appObject(
      statusWith({ phase: "Pending", stable: "91be0a1b2c", candidate: "5a0c9f8e7d", pause: { reason: "Frozen", since: at("11:59:59") } }),
    ),
  ],
  ["invalid-spec", appObject(invalid, { image: "" })],
  ["newer-spec", appObject({ ...statusWith(stable), observedGeneration: 3 })],
  ["never-seen", appObject({ observedGeneration: -1 })],
  ["being-deleted", appObject(statusWith(stable), {}, { deletionTimestamp: at("11:59:00") })],
];

describe("status", () => {
  test.each(examples)("%s", (name, object) => {
    expectGolden(new URL(`testdata/status-${name}.txt`, import.meta.url), statusText(toApp(object), lookedAt));
  });

  test("each is one line for those who follow", () => {
    const lines = examples.map(([name, object]) => `${name}: ${progressLine(toApp(object))}\n`);
    expectGolden(new URL("testdata/progress-lines.txt", import.meta.url), lines.join(""));
    expect(lines.every((line) => line.split("\n").length === 2)).toBe(true);
  });

  test("for programs it is one JSON document with the whole status", () => {
    const [document, ...others] = parseAllDocuments(statusJson(toApp(appObject(statusWith(atGate)))));
    expect(others).toEqual([]);
    expect(document?.toJS()).toMatchObject({
      name: "shop",
      namespace: "retail",
      steps: 3,
      outcome: "underWay",
      status: { release: { weight: 25 } },
    });
  });
});

describe("a release has ended", () => {
  const ends = Object.fromEntries(examples.map(([name, object]) => [name, endOf(toApp(object))]));

  test("where all users get what the spec asks for, or where nothing goes on by itself", () => {
    expect(ends).toEqual({
      stable: "stable",
      "being-deleted": "stable",
      quarantined: "failed",
      "invalid-spec": "failed",
      "canary-at-gate": undefined,
      "canary-of-one": undefined,
      "blue-green-baking": undefined,
      paused: undefined,
      frozen: undefined,
      "newer-spec": undefined,
      "never-seen": undefined,
      workers: "stable",
    });
  });

  test("not where a retry was answered and has not begun yet", () => {
    const retry = (time: string) => [{ action: "retry", id: "a", outcome: "done", at: at(time) } as const];
    const retrying = toApp(appObject({ ...quarantined, quarantined: [], requests: retry("11:58:30") }));
    expect([endOf(retrying), progressLine(retrying)]).toEqual([undefined, "Failed: about to start again"]);
    expect(endOf(toApp(appObject({ ...quarantined, requests: retry("11:57:00") })))).toBe("failed");
  });

  test("not where a reference is missing, for it may come", () => {
    const waiting = { ...invalid, release: { phase: "Pending", candidate: "5a0c9f8e7d" } as const };
    const conditions = waiting.conditions?.map((condition) => ({ ...condition, reason: "ReferenceMissing" as const })) ?? [];
    expect(endOf(toApp(appObject({ ...waiting, conditions })))).toBeUndefined();
    expect(endOf(toApp(appObject({ ...waiting, conditions, release: stable })))).toBe("failed");
  });
});
