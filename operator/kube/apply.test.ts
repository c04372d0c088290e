import { describe, expect, test } from "vitest";
import { applyIfChanged, reasonToApply, stampHash } from "./apply.ts";
import type { KubeClient } from "./client.ts";
import { KubeError } from "./errors.ts";
import type { KubeObject } from "../base/object.ts";
import { configMaps } from "./resources.ts";

const HASH = "scalableapp.dev/applied";
const intended: KubeObject = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "n" }, data: { x: "1" } };

function stored(object: KubeObject, version: string): KubeObject {
  return { ...object, metadata: { ...object.metadata, uid: "u", resourceVersion: version } };
}

function clientAnswering(version: string): { client: Pick<KubeClient, "apply" | "mergePatch">; applied: KubeObject[] } {
  const applied: KubeObject[] = [];
  return {
    applied,
    client: {
      apply: (_resource, object) => (applied.push(object), Promise.resolve(stored(object, version))),
      mergePatch: () => Promise.reject(new Error("nothing to repair")),
    },
  };
}

function outcome(live: KubeObject | undefined, version = "9"): Promise<{ action: string; reason: string; writes: number }> {
  const { client, applied } = clientAnswering(version);
  const request = { resource: configMaps, intended, live, fieldManager: "m", hashAnnotation: HASH };
  return applyIfChanged(client, request).then(({ change }) => ({ action: change.action, reason: change.reason, writes: applied.length }));
}

describe("applyIfChanged", () => {
  const live = stored(stampHash(intended, HASH), "5");

  test("creates what does not exist", async () => {
    await expect(outcome(undefined)).resolves.toEqual({ action: "created", reason: "it does not exist", writes: 1 });
  });

  test("makes no request for an object that is as intended", async () => {
    await expect(outcome(live)).resolves.toEqual({ action: "unchanged", reason: "it is as intended", writes: 0 });
  });

  test("repairs drift and names the field", async () => {
    await expect(outcome({ ...live, data: { x: "2" } })).resolves.toEqual({
      action: "configured",
      reason: "it differs at data.x",
      writes: 1,
    });
  });

  test("leaves what others added alone", async () => {
    await expect(outcome({ ...live, data: { x: "1", injected: "y" } })).resolves.toMatchObject({ action: "unchanged", writes: 0 });
  });

  test("writes when a field was dropped from the intention, although all that remains is there", async () => {
    const before = { ...intended, data: { x: "1", dropped: "y" } };
    await expect(outcome(stored(stampHash(before, HASH), "5"))).resolves.toMatchObject({
      reason: "a field is no longer intended",
      writes: 1,
    });
  });

  test("a write that changed nothing on the server counts as unchanged", async () => {
    await expect(outcome({ ...live, data: {} }, "5")).resolves.toMatchObject({ action: "unchanged", writes: 1 });
  });
});

test("the hash is of the intention without the stamp, so stamping twice changes nothing", () => {
  const once = stampHash(intended, HASH);
  expect(reasonToApply({ intended, live: stored(once, "1"), hashAnnotation: HASH })).toBeUndefined();
  expect(intended.metadata.annotations).toBeUndefined();
});

test("puts whole lists back where an entry of somebody else's keeps the apply from being taken", async () => {
  const asked: string[] = [];
  const invalid = new KubeError({ verb: "apply", resource: "services", status: 422, reason: "Invalid", message: "Duplicate value" });
  const ports = { ...intended, spec: { ports: [{ name: "http", port: 80 }] } };
  const client: Pick<KubeClient, "apply" | "mergePatch"> = {
    apply: (_resource, object, { fieldManager }) => {
      asked.push(`apply ${fieldManager}`);
      return asked.length === 1 ? Promise.reject(invalid) : Promise.resolve(stored(object, "9"));
    },
    mergePatch: (_resource, _namespace, name, { patch, fieldManager }) => {
      asked.push(`merge ${fieldManager} ${JSON.stringify(patch)}`);
      return Promise.resolve(stored({ ...ports, metadata: { ...ports.metadata, name } }, "8"));
    },
  };
  const edited = stored(stampHash({ ...ports, spec: { ports: [{ name: "http", port: 81 }] } }, HASH), "5");
  const request = { resource: configMaps, intended: ports, live: edited, fieldManager: "m", hashAnnotation: HASH };
  await expect(applyIfChanged(client, request)).resolves.toMatchObject({ change: { action: "configured" } });
  expect(asked).toEqual(["apply m", 'merge m-repair {"metadata":{"uid":"u"},"spec":{"ports":[{"name":"http","port":80}]}}', "apply m"]);
});

describe("a field that the API server does not keep", () => {
  const droppedAnnotation = "scalableapp.dev/dropped-fields";
  const wanted: KubeObject = { ...intended, spec: { kept: 1, gated: 2 } };

  /** A server that leaves the field out of all that it stores. */
  function world() {
    const applied: KubeObject[] = [];
    const client: Pick<KubeClient, "apply" | "mergePatch"> = {
      apply: (_resource, object) => {
        applied.push(object);
        return Promise.resolve(stored({ ...object, spec: { kept: (object["spec"] as { kept: number }).kept } }, `${applied.length + 5}`));
      },
      mergePatch: () => Promise.reject(new Error("nothing to repair")),
    };
    const apply = (live: KubeObject | undefined, object = wanted) =>
      applyIfChanged(client, { resource: configMaps, intended: object, live, fieldManager: "m", hashAnnotation: HASH, droppedAnnotation });
    return { applied, apply };
  }

  test("is written once more, then remembered, and costs no write from then on", async () => {
    const { applied, apply } = world();
    const created = await apply(undefined);
    const noticed = await apply(created.object);
    expect(applied).toHaveLength(3);
    expect(JSON.parse(noticed.object.metadata.annotations?.[droppedAnnotation] ?? "")).toMatchObject({ fields: ["spec.gated"] });
    const again = await apply(noticed.object);
    expect(again.change.action).toBe("unchanged");
    expect(applied).toHaveLength(3);
  });

  test("hides no other drift", async () => {
    const { applied, apply } = world();
    const { object } = await apply((await apply(undefined)).object);
    const drifted = await apply({ ...object, spec: { kept: 7 } });
    expect(drifted.change).toMatchObject({ action: "configured", reason: "it differs at spec.kept" });
    expect(applied).toHaveLength(5);
    expect((await apply(drifted.object)).change.action).toBe("unchanged");
  });

  test("is asked for again with another intention, and forgotten where it is no longer intended", async () => {
    const { applied, apply } = world();
    const { object } = await apply((await apply(undefined)).object);
    const other = await apply(object, { ...wanted, spec: { kept: 1 } });
    expect(other.change.action).toBe("configured");
    expect(applied.at(-1)?.metadata.annotations).not.toHaveProperty(droppedAnnotation);
  });
});
