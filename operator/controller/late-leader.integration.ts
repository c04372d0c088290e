import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { scalableApps } from "../api/kind.ts";
import { createHalfOpenWatch, type HalfOpenWatch } from "../kube/testing/half-open-watch.ts";
import { defaultImages } from "../resources/images.ts";
import {
  applyApp,
  auditEnd,
  becomesStable,
  connect,
  kubectl,
  newNamespace,
  patience,
  people,
  releaseOf,
  startOperator,
  statusAnswersSince,
  writesSince,
} from "../testing/live-operator.ts";

beforeAll(connect);

afterAll(async () => people.close());

async function statusOf(namespace: string): Promise<{ release?: { phase: string; stable?: string; candidate?: string } }> {
  return (await people.get(scalableApps, namespace, "shop"))?.["status"] ?? {};
}

test("an operator with a half-open watch never writes an older step over a newer one, and goes on once it sees again", async () => {
  const namespace = await newNamespace();
  let watch: HalfOpenWatch | undefined;
  const through: Parameters<typeof startOperator>[3] = (client) => {
    watch = createHalfOpenWatch(client, scalableApps);
    return watch.client;
  };
  const late = await startOperator("late-operator", defaultImages, "get", through);
  const quick = { image: "shop:1", rollout: { bakeSeconds: 0 } };
  const created = await auditEnd();
  await applyApp(namespace, quick);
  const first = await becomesStable(namespace);

  // Its watch has brought all that it wrote: what it knows from now on is complete, and falls behind.
  await writesSince(created, "late-operator");
  watch?.cut();
  const mark = await auditEnd();
  const next = await startOperator("next-operator");
  await applyApp(namespace, { ...quick, image: "shop:2" });
  await vi.waitFor(async () => expect((await statusOf(namespace)).release?.candidate).toMatch(/./u), patience);
  await vi.waitFor(async () => expect(await statusAnswersSince(mark, "late-operator")).toContain(409), patience);
  await vi.waitFor(async () => expect(await becomesStable(namespace)).not.toBe(first), patience);
  expect(new Set(await statusAnswersSince(mark, "late-operator"))).toEqual(new Set([409]));
  const second = (await statusOf(namespace)).release?.stable;
  await next.stop();

  watch?.mend();
  await applyApp(namespace, { ...quick, image: "shop:3" });
  await vi.waitFor(async () => expect([first, second]).not.toContain(await becomesStable(namespace)), patience);
  await late.stop();
});

test("a user who writes annotations and specs all the time only costs a second look", async () => {
  const namespace = await newNamespace();
  const operator = await startOperator("busy-operator");
  await applyApp(namespace, { image: "shop:1", rollout: { bakeSeconds: 0 } });
  for (let round = 0; round < 10; round++)
    await kubectl("-n", namespace, "annotate", "--overwrite", "scalableapp", "shop", `round=${round}`);
  expect(await becomesStable(namespace)).toBe(await releaseOf(namespace));
  await operator.stop();
});
