import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { createFakeClient, refusal } from "../testing/fake-client.ts";
import { podOf } from "../testing/snapshots.ts";
import { writeDeletionCosts } from "./deletion-costs.ts";
import { createControllerMetrics } from "./metrics.ts";

const write = "mergePatch Pod worker-1 by scalable-app-scale";
const pod = podOf("worker-1", "worker-orders", {}, { uid: "uid-7" });

function createWorld() {
  const client = createFakeClient();
  const warnings: string[] = [];
  const written: string[] = [];
  const deps = {
    client,
    metrics: createControllerMetrics(new Registry()),
    written: {
      recordWrite: (owner: string, _resource: unknown, { metadata }: { metadata: { name: string } }) =>
        void written.push(`${owner} ${metadata.name}`),
    },
    logger: { debug() {}, warn: (_fields: object, message: string) => void warnings.push(message) },
  };
  const run = async (cost: string | undefined) => writeDeletionCosts(deps, "retail/shop", [{ pod, cost }], new AbortController().signal);
  return { client, warnings, written, run };
}

test.each([
  ["10", "10"],
  [undefined, null],
])("the cost %s is one annotation of that very pod, and remembered as our write", async (cost, value) => {
  const world = createWorld();
  await world.run(cost);
  expect(world.client.writes()).toEqual([write]);
  const annotations = { "controller.kubernetes.io/pod-deletion-cost": value };
  expect(world.client.requests[0]?.options).toMatchObject({ patch: { metadata: { uid: "uid-7", annotations } }, timeoutMs: 2000 });
  expect(world.written).toEqual(["retail/shop worker-1"]);
});

test.each([
  ["the right is missing", refusal(403, "Forbidden"), ["deletion cost of pods not written"]],
  ["the pod is gone", refusal(404, "NotFound"), []],
  ["another pod has its name", refusal(409, "Conflict"), []],
])("where %s, the release goes on", async (_why, error, warnings) => {
  const world = createWorld();
  world.client.fail(write, error);
  await world.run("10");
  expect(world.warnings).toEqual(warnings);
});
