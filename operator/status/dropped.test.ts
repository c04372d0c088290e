import { expect, test } from "vitest";
import { DROPPED_FIELDS_ANNOTATION } from "../api/labels.ts";
import type { KubeObject } from "../base/object.ts";
import { snapshotOf } from "../testing/snapshots.ts";
import { judgeDropped } from "./dropped.ts";

function autoscaler(value: string | undefined): KubeObject {
  const annotations: Readonly<Record<string, string>> = value === undefined ? {} : { [DROPPED_FIELDS_ANNOTATION]: value };
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "shop-web", namespace: "retail", annotations },
  };
}

function judged(value: string | undefined) {
  return judgeDropped({ snapshot: { ...snapshotOf({}), owned: [autoscaler(value)] } });
}

test("names the child and the fields that the API server does not keep", () => {
  const [found] = judged(JSON.stringify({ hash: "a", fields: ["spec.behavior.scaleUp.tolerance"] }));
  expect(found).toMatchObject({
    type: "DroppedFields",
    status: "True",
    reason: "FieldsDropped",
    message: expect.stringContaining("does not keep HorizontalPodAutoscaler shop-web spec.behavior.scaleUp.tolerance: without effect"),
  });
});

test.each([[undefined], ["nonsense"], ["{}"], ['{"fields":[7]}']])("an annotation of %s says nothing", (value) => {
  expect(judged(value)).toEqual([]);
});
