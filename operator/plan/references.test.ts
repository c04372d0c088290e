import { describe, expect, test } from "vitest";
import { appOf } from "../testing/rendered.ts";
import { judgeReferences, listReferences, referenceKey } from "./references.ts";
import type { Reference } from "./observe/snapshot.ts";

const required = appOf({ envFrom: [{ configMapRef: { name: "shop" } }] });
const optional = appOf({ envFrom: [{ secretRef: { name: "extra", optional: true } }] });
const denied: Reference = { state: "denied", message: 'secrets "extra" is forbidden' };

test("what an app refers to, once each, under its key", () => {
  const app = appOf({
    envFrom: [{ configMapRef: { name: "shop" } }, { configMapRef: { name: "shop" } }],
    env: [{ name: "KEY", valueFrom: { secretKeyRef: { name: "api", key: "key" } } }],
  });
  expect(listReferences(app)).toEqual([
    { kind: "ConfigMap", name: "shop", optional: false },
    { kind: "Secret", name: "api", optional: false },
  ]);
  expect(listReferences(app).map(referenceKey)).toEqual(["configmap/shop", "secret/api"]);
});

describe("what is wrong with the references", () => {
  test.each([
    ["found", required, { "configmap/shop": { state: "found", digest: "d" } }, []],
    ["not looked at, because the operator need not", required, { "configmap/shop": { state: "unknown" } }, []],
    ["nothing is known of it", required, {}, []],
    ["missing", required, { "configmap/shop": { state: "missing" } }, [{ kind: "ConfigMap", name: "shop", reason: "ReferenceMissing" }]],
    ["missing, but pods start without it", optional, { "secret/extra": { state: "missing" } }, []],
    ["denied", optional, { "secret/extra": denied }, [{ kind: "Secret", name: "extra", reason: "ReferenceUnreadable" }]],
    ["one of the same name but another kind is missing", required, { "secret/shop": { state: "missing" } }, []],
  ] as const)("%s", (_story, app, references, expected) => {
    expect(judgeReferences(app, references)).toMatchObject(expected);
  });

  test("the message names the object, its namespace and the remedy", () => {
    const [missing] = judgeReferences(required, { "configmap/shop": { state: "missing" } });
    expect(missing?.message).toContain("ConfigMap shop in namespace retail does not exist: create it, or correct its name");
    const [unreadable] = judgeReferences(optional, { "secret/extra": denied });
    expect(unreadable?.message).toMatch(/grant the operator "get".*secretAccess to none.*is forbidden/u);
  });
});
