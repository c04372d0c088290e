import { Registry } from "prom-client";
import { APPLIED_HASH_ANNOTATION } from "../api/labels.ts";
import { executePlan } from "../controller/execute.ts";
import { createControllerMetrics } from "../controller/metrics.ts";
import type { Outcome } from "../controller/outcome.ts";
import { stampHash } from "../kube/apply.ts";
import type { KubeObject } from "../base/object.ts";
import { makePlan, type Plan } from "../plan/plan.ts";
import type { Snapshot } from "../plan/observe/snapshot.ts";
import { createFakeClient, type FakeClient } from "./fake-client.ts";
import { persist, rollOut } from "./snapshots.ts";

/** A fake cluster in which plans are executed. */
export interface World {
  readonly client: FakeClient;
  /** Of which writes and deletes the caches are waited for. */
  readonly noted: string[];
  run(snapshot: Snapshot): Promise<Outcome>;
}

/** Makes an empty one. */
export function createWorld(): World {
  const client = createFakeClient();
  const noted: string[] = [];
  const written = {
    recordWrite: (_owner: string, resource: { kind: string }, { metadata }: KubeObject) =>
      void noted.push(`wrote ${resource.kind} ${metadata.name}`),
    recordDelete: (_owner: string, resource: { kind: string }, { metadata }: KubeObject) =>
      void noted.push(`deleted ${resource.kind} ${metadata.name}`),
  };
  async function run(snapshot: Snapshot): Promise<Outcome> {
    const cache = new Map(
      snapshot.owned.map((object): [string, KubeObject] => [`${object.kind}/${object.metadata.name}`, client.put(object)]),
    );
    return executePlan({ client, metrics: createControllerMetrics(new Registry()), written }, makePlan(persist(snapshot)), {
      app: snapshot.app,
      ownerKey: "retail/shop",
      ownerUid: "uid-1",
      namespace: "retail",
      live: (kind, name) => cache.get(`${kind}/${name}`),
      signal: new AbortController().signal,
    });
  }
  return { client, noted, run };
}

/** The cluster in which every child stands as the operator itself left it. */
export function untouched(snapshot: Snapshot): Snapshot {
  const rolledOut = rollOut(snapshot);
  const plan: Plan = makePlan(rolledOut);
  const objects = rolledOut.owned.map((object) => {
    const child = plan.children.find((each) => each.object.kind === object.kind && each.object.metadata.name === object.metadata.name);
    if (!child) return object;
    const { annotations } = stampHash(child.object, APPLIED_HASH_ANNOTATION).metadata;
    return { ...object, metadata: { ...object.metadata, ...(annotations && { annotations }) } };
  });
  return { ...rolledOut, owned: objects };
}

/** The cluster without one of its objects, named "Kind/name". */
export function without(snapshot: Snapshot, key: string): Snapshot {
  return { ...snapshot, owned: snapshot.owned.filter(({ kind, metadata }) => `${kind}/${metadata.name}` !== key) };
}

/** The cluster with one of its objects changed. */
export function edited(snapshot: Snapshot, key: string, change: (object: KubeObject) => KubeObject): Snapshot {
  return {
    ...snapshot,
    owned: snapshot.owned.map((object) => (`${object.kind}/${object.metadata.name}` === key ? change(object) : object)),
  };
}
