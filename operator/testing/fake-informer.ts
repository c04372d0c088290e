import type { Informer } from "../kube/informer.ts";
import type { InformerEvent } from "../kube/store.ts";
import { objectKey, type KubeObject, type Resource } from "../base/object.ts";

/** A cache that the test fills by hand. */
export interface FakeInformer extends Informer {
  /** Puts objects into the cache, without an event. */
  hold(...objects: readonly KubeObject[]): void;
  /** Takes an object out of the cache, without an event. */
  drop(key: string): void;
  /** Reports the handlers of an event. */
  emit(event: InformerEvent): void;
  /** The kind is installed, or is not any more. */
  serve(served: boolean): void;
}

/** Makes an empty cache of a kind. */
export function createFakeInformer(resource: Resource): FakeInformer {
  const objects = new Map<string, KubeObject>();
  const handlers: ((event: InformerEvent) => void)[] = [];
  const servedHandlers: (() => void)[] = [];
  let isServed = true;
  const list = () => [...objects.values()];
  return {
    resource,
    start() {},
    synced: Promise.resolve(),
    hasSynced: () => true,
    isServed: () => isServed,
    lookAgain() {},
    onServed: (handler) => void servedHandlers.push(handler),
    get: (key) => objects.get(key),
    list,
    ownedBy: (uid) => list().filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid)),
    byIndex: (_index, value) =>
      list().filter(({ metadata }) => `${metadata.namespace}/${metadata.labels?.["scalableapp.dev/app"]}` === value),
    onEvent: (handler) => void handlers.push(handler),
    lastResourceVersion: () => undefined,
    health: () => ({
      state: "watching",
      synced: true,
      lastEventAt: 0,
      relists: 0,
      restarts: 0,
      handlerErrors: 0,
      objects: objects.size,
      lastError: undefined,
    }),
    hold: (...added) => added.forEach((object) => objects.set(objectKey(object), object)),
    drop: (key) => void objects.delete(key),
    serve(served) {
      isServed = served;
      if (served) servedHandlers.forEach((handler) => handler());
    },
    emit: (event) => handlers.forEach((handler) => handler(event)),
  };
}
