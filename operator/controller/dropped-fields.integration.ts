import { afterAll, beforeAll, expect, test } from "vitest";
import { startControlPlane, type ControlPlane } from "../../e2e/cluster/index.ts";
import { APPLIED_HASH_ANNOTATION, DROPPED_FIELDS_ANNOTATION } from "../api/labels.ts";
import { readDroppedFields } from "../base/dropped-fields.ts";
import type { KubeObject } from "../base/object.ts";
import { applyIfChanged } from "../kube/apply.ts";
import { createKubeClient, type KubeClient } from "../kube/client.ts";
import { isRefused } from "./failure.ts";
import { horizontalPodAutoscalers, namespaces } from "../kube/resources.ts";
import { childOf } from "../testing/rendered.ts";

let controlPlane: ControlPlane;
let client: KubeClient;

beforeAll(async () => {
  controlPlane = await startControlPlane({
    name: "dropped-fields",
    apiServerFlags: { "feature-gates": "HPAConfigurableTolerance=false" },
  });
  client = createKubeClient({ kubeConfig: controlPlane.kubeconfig, userAgent: "dropped-fields" });
  await client.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: "retail" } });
});

afterAll(async () => {
  await client?.close();
  await controlPlane?.stop();
});

const intended = (() => {
  const { metadata, ...rest } = childOf({ stage: "growth" }, "web/horizontal-pod-autoscaler").object;
  const { ownerReferences: _none, ...kept } = metadata;
  return { ...rest, metadata: kept } as KubeObject;
})();

async function apply(live: KubeObject | undefined) {
  return applyIfChanged(client, {
    resource: horizontalPodAutoscalers,
    intended,
    live,
    fieldManager: "test",
    hashAnnotation: APPLIED_HASH_ANNOTATION,
    droppedAnnotation: DROPPED_FIELDS_ANNOTATION,
  });
}

test("where the tolerance of autoscalers is switched off, it is remembered as dropped, and nothing is written again", async () => {
  const created = await apply(undefined);
  expect(created.object).not.toHaveProperty("spec.behavior.scaleUp.tolerance");
  const noticed = await apply(created.object);
  expect(readDroppedFields(noticed.object, DROPPED_FIELDS_ANNOTATION).fields).toEqual([
    "spec.behavior.scaleUp.tolerance",
    "spec.behavior.scaleDown.tolerance",
  ]);
  const live = await client.get(horizontalPodAutoscalers, "retail", intended.metadata.name);
  expect(await apply(live)).toMatchObject({ change: { action: "unchanged", reason: "it is as intended" } });
});

test("a field that the API server does not know at all is a refusal that names it, not a failure to try again", async () => {
  const spec = { ...(intended["spec"] as object), nope: { deeper: 1 } };
  const object = { ...intended, spec, metadata: { ...intended.metadata, name: "unknown" } };
  const refusal: unknown = await client.apply(horizontalPodAutoscalers, object, { fieldManager: "test" }).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ message: expect.stringContaining("spec.nope") });
  expect(isRefused(refusal)).toBe(true);
});
