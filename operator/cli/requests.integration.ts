import { afterAll, beforeAll, expect, inject, test, vi } from "vitest";
import { scalableApps } from "../api/kind.ts";
import {
  applyApp,
  becomesStable,
  connect,
  exists,
  newNamespace,
  patience,
  people,
  startOperator,
  type Operator,
} from "../testing/live-operator.ts";
import { runCommandLine } from "./commands.ts";

let operator: Operator;
let namespace = "";

beforeAll(async () => {
  connect();
  operator = await startOperator("cli-integration");
  namespace = await newNamespace();
});

afterAll(async () => {
  await operator.stop();
  await people.close();
});

async function run(...words: readonly string[]): Promise<{ status: number; out: string; error: string }> {
  const written = { out: "", error: "" };
  const status = await runCommandLine([...words, "--kubeconfig", inject("kubeconfig"), "-n", namespace], {
    out: (text) => void (written.out += text),
    error: (text) => void (written.error += text),
  });
  return { status, ...written };
}

const spec = (image: string) => ({ image, rollout: { strategy: "canary", canary: { steps: [{ weight: 50 }] }, bakeSeconds: 0 } });

test("the verbs move a release on a real API server, and say what became of them", async () => {
  await applyApp(namespace, spec("shop:1"));
  const first = await becomesStable(namespace);
  expect(await run("pause", "shop")).toMatchObject({ status: 1, error: "shop: pause refused: no release is under way\n" });

  await applyApp(namespace, spec("shop:2"));
  await vi.waitFor(async () => expect((await run("status", "shop")).out).toMatch(/^Phase +Canary, step 1 of 1, weight 50 %/mu), patience);
  expect(await run("pause", "shop", "--id", "a")).toMatchObject({
    status: 0,
    out: expect.stringMatching(/^shop: pause done\nCanary, .*paused: Manual/u),
  });
  expect(await run("pause", "shop", "--id", "a")).toMatchObject({
    status: 0,
    out: expect.stringContaining("done, as answered before (id a)"),
  });
  expect(await run("resume", "shop")).toMatchObject({ status: 0 });
  expect(await run("abort", "shop")).toMatchObject({ status: 0, error: "" });

  expect(await run("status", "shop", "--watch", "--timeout", "20s")).toMatchObject({ status: 1, error: "" });
  const history = JSON.parse((await run("history", "shop", "-o", "json")).out) as {
    image: string;
    roles: string[];
    release: string;
    number: number;
  }[];
  expect(history.map(({ image, roles }) => [image, roles])).toEqual([
    ["shop:1", ["stable"]],
    ["shop:2", ["quarantined"]],
  ]);
  // The release that came back has the newest number.
  expect(history[0]).toMatchObject({ release: first, number: 3 });
  expect(await run("rollback", "shop", "--to", "3")).toMatchObject({
    status: 1,
    error: `shop: rollback refused: release ${first} is the stable one\n`,
  });

  const retried = await run("retry", "shop");
  expect(retried).toMatchObject({ status: 0, error: "" });
  expect(retried.out).not.toContain("quarantined");
  expect(await run("status", "shop", "--watch", "--timeout", "2s")).toMatchObject({ status: 2 });
});

test("an annotation belongs to the command line alone, so that applying the manifest again leaves it be", async () => {
  await applyApp(namespace, spec("shop:2"));
  const app = await exists(scalableApps, namespace, "shop");
  const { managedFields } = app.metadata as unknown as { managedFields: { manager: string; fieldsV1: object }[] };
  const owned = managedFields.find(({ manager }) => manager === "scalable-app-cli")?.fieldsV1;
  const annotations = Object.fromEntries(
    ["abort", "pause", "resume", "retry", "rollback"].map((action) => [`f:scalableapp.dev/${action}`, {}]),
  );
  expect(owned).toEqual({ "f:metadata": { "f:annotations": { ".": {}, ...annotations } } });
  expect(app.metadata.annotations?.["scalableapp.dev/pause"]).toBe("a");
});
