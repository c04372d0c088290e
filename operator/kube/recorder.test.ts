import { expect, test } from "vitest";
import { KubeError } from "./errors.ts";
import type { KubeObject } from "../base/object.ts";
import type { Recorder, RecorderOptions } from "./recorder.ts";
import { createRecorder } from "./recorder.ts";
import type { FakeClock } from "./testing/fake-clock.ts";
import { createFakeClock } from "./testing/fake-clock.ts";

const app: KubeObject = {
  apiVersion: "scalableapp.dev/v1alpha1",
  kind: "ScalableApp",
  metadata: { namespace: "n", name: "shop", uid: "u", resourceVersion: "3" },
};
const rollout = { type: "Normal", reason: "RolledOut", action: "Rollout", note: "release 1 is live" } as const;

interface Setup {
  readonly recorder: Recorder;
  readonly created: KubeObject[];
  readonly patched: { name: string; patch: unknown }[];
  readonly errors: unknown[];
  readonly clock: FakeClock;
}

function setup(options: Partial<RecorderOptions> & { failure?: Error } = {}): Setup {
  const [created, patched, errors, clock] = [
    [] as KubeObject[],
    [] as { name: string; patch: unknown }[],
    [] as unknown[],
    createFakeClock(),
  ];
  const fail = (): Promise<void> => (options.failure === undefined ? Promise.resolve() : Promise.reject(options.failure));
  const client: RecorderOptions["client"] = {
    create: (_resource, object) => (created.push(object), fail().then(() => object)),
    mergePatch: (_resource, _namespace, name, { patch }) => (patched.push({ name, patch }), fail().then(() => app)),
  };
  const base = { client, reportingController: "scalableapp.dev/operator", reportingInstance: "operator-0", clock };
  return { created, patched, errors, clock, recorder: createRecorder({ ...base, onError: (error) => errors.push(error), ...options }) };
}

test("an event names its object, its reporter and its time in microseconds", async () => {
  const { recorder, created } = setup();
  recorder.event(app, rollout);
  await recorder.flush();
  expect(created).toMatchObject([
    {
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata: { namespace: "n", name: expect.stringMatching(/^shop\.[0-9a-f]{16}$/) },
      eventTime: "2026-11-21T00:00:00.000000Z",
      regarding: { kind: "ScalableApp", name: "shop", uid: "u" },
      ...rollout,
    },
  ]);
});

test("the same event again is counted in a series, another one stands alone, and after a while it is a new event", async () => {
  const { recorder, created, patched, clock } = setup();
  for (let round = 0; round < 3; round += 1) recorder.event(app, rollout);
  recorder.event(app, { ...rollout, note: "release 2 is live" });
  await recorder.flush();
  expect([created.length, patched.length]).toEqual([2, 2]);
  expect(patched.at(-1)).toMatchObject({ name: created[0]?.metadata.name, patch: { series: { count: 3 } } });
  await clock.advance(7 * 60_000);
  recorder.event(app, rollout);
  await recorder.flush();
  expect(created).toHaveLength(3);
});

test("one noisy object is limited, and others are not", async () => {
  const { recorder, created, clock } = setup({ burst: 5 });
  for (let index = 0; index < 50; index += 1) recorder.event(app, { ...rollout, note: `note ${index}` });
  recorder.event({ ...app, metadata: { ...app.metadata, name: "other", uid: "u2" } }, rollout);
  await recorder.flush();
  expect(created).toHaveLength(6);
  await clock.advance(60_000);
  for (let index = 0; index < 5; index += 1) recorder.event(app, { ...rollout, note: `later ${index}` });
  await recorder.flush();
  expect(created).toHaveLength(7);
});

test("good news do not keep a warning back", async () => {
  const { recorder, created } = setup({ burst: 2 });
  for (let index = 0; index < 10; index += 1) recorder.event(app, { ...rollout, note: `note ${index}` });
  recorder.event(app, { ...rollout, type: "Warning" });
  await recorder.flush();
  expect(created.map((event) => event["type"])).toEqual(["Normal", "Normal", "Warning"]);
});

test("it never throws: failures go to onError, an event that exists already is fine", async () => {
  const failing = setup({ failure: new Error("down") });
  failing.recorder.event(app, rollout);
  failing.recorder.event(app, rollout);
  await failing.recorder.flush();
  expect(failing.errors).toHaveLength(2);
  const subject = { verb: "create", resource: "events", message: "exists" };
  const existing = setup({ failure: new KubeError({ ...subject, status: 409, reason: "AlreadyExists" }) });
  existing.recorder.event(app, rollout);
  await existing.recorder.flush();
  expect(existing.errors).toHaveLength(0);
});

test.each([
  ["of letters", "x".repeat(5000), "x".repeat(1021)],
  ["of letters of two bytes", "ä".repeat(1024), "ä".repeat(510)],
  ["of letters of three bytes", "語".repeat(400), "語".repeat(340)],
  ["of letters of four bytes", `a${"😀".repeat(300)}`, `a${"😀".repeat(255)}`],
])("a long note %s is cut to 1,024 bytes, which is what the API server counts, and no letter is cut in two", async (_what, note, kept) => {
  const { recorder, created } = setup();
  recorder.event(app, { ...rollout, note });
  await recorder.flush();
  expect(created[0]?.["note"]).toBe(`${kept}…`);
  expect(Buffer.byteLength(String(created[0]?.["note"]))).toBeLessThanOrEqual(1024);
});

test("a note of 1,024 bytes is left whole", async () => {
  const { recorder, created } = setup();
  recorder.event(app, { ...rollout, note: "ä".repeat(512) });
  await recorder.flush();
  expect(created[0]?.["note"]).toBe("ä".repeat(512));
});

test("events are written one after the other, and past 1,000 that wait each further one is an error", async () => {
  const answers: (() => void)[] = [];
  const asked: string[] = [];
  const create: RecorderOptions["client"]["create"] = async (_resource, object) => {
    asked.push(String(object["note"]));
    await new Promise<void>((resolve) => answers.push(resolve));
    return object;
  };
  const { recorder, errors } = setup({ burst: 2000, client: { create, mergePatch: async () => app } });
  for (let index = 0; index < 1002; index += 1) recorder.event(app, { ...rollout, note: `note ${index}` });
  expect(errors).toEqual([new Error("1000 events wait to be written")]);
  const flushed = recorder.flush();
  for (let index = 0; index < 1001; index += 1) {
    await expect.poll(() => asked.length, { interval: 0 }).toBe(index + 1);
    answers[index]?.();
  }
  await flushed;
  expect(asked.at(-1)).toBe("note 1000");
});
