import fc from "fast-check";
import { expect, test } from "vitest";
import type { InformerEvent } from "./store.ts";
import type { KubeObject } from "../base/object.ts";
import { objectKey } from "../base/object.ts";
import { BY_NAMESPACE, BY_OWNER, createStore, type Store } from "./store.ts";

function object(namespace: string, name: string, uid: string, version: number): KubeObject {
  const ownerReferences = [{ apiVersion: "v1", kind: "X", name: "o", uid: `owner-of-${name}` }];
  return { apiVersion: "v1", kind: "Pod", metadata: { namespace, name, uid, resourceVersion: String(version), ownerReferences } };
}

const objects = fc
  .record({
    namespace: fc.constantFrom("one", "two"),
    name: fc.constantFrom("a", "b", "c"),
    uid: fc.constantFrom("u1", "u2"),
    version: fc.integer({ min: 1, max: 4 }),
  })
  .map(({ namespace, name, uid, version }) => object(namespace, name, uid, version));
const lists = fc.uniqueArray(objects, { selector: (item) => objectKey(item), maxLength: 6 });
const steps = fc.array(
  fc.oneof(
    objects.map((item) => ({ kind: "set" as const, item })),
    objects.map((item) => ({ kind: "remove" as const, item })),
    lists.map((items) => ({ kind: "replace" as const, items })),
    lists.map((items) => ({ kind: "replaceOne" as const, items: items.filter((item) => item.metadata.namespace === "one") })),
  ),
  { maxLength: 20 },
);

/** A listener that believes what it is given, and complains about contradictions. */
function replay(seen: Map<string, KubeObject>, event: InformerEvent): void {
  const key = objectKey(event.object);
  const before = seen.get(key);
  if (event.type === "added") expect(before).toBeUndefined();
  else expect(before?.metadata.uid).toBe(event.object.metadata.uid);
  if (event.type === "updated") expect(event.old).toEqual(before);
  if (event.type === "deleted") seen.delete(key);
  else seen.set(key, event.object);
}

function listAll(store: Store, namespace: string | undefined, items: readonly KubeObject[]): readonly InformerEvent[] {
  return [...items.flatMap((item) => store.set(item)), ...store.retain(namespace, new Set(items.map(objectKey)))];
}

test("events always report exactly how the store changed, and indexes agree with it", () => {
  fc.assert(
    fc.property(steps, (sequence) => {
      const store = createStore();
      const seen = new Map<string, KubeObject>();
      for (const step of sequence) {
        const events =
          step.kind === "set"
            ? store.set(step.item)
            : step.kind === "remove"
              ? store.remove(step.item)
              : listAll(store, step.kind === "replace" ? undefined : "one", step.items);
        for (const event of events) replay(seen, event);
        expect(new Map(store.list().map((item) => [objectKey(item), item]))).toEqual(seen);
      }
      const all = Array.from(seen.values());
      for (const namespace of ["one", "two"]) {
        const inside = all.filter((item) => item.metadata.namespace === namespace);
        expect(new Set(store.byIndex(BY_NAMESPACE, namespace))).toEqual(new Set(inside));
      }
      for (const name of ["a", "b", "c"]) {
        const owned = all.filter((item) => item.metadata.name === name);
        expect(new Set(store.byIndex(BY_OWNER, `owner-of-${name}`))).toEqual(new Set(owned));
      }
    }),
    { numRuns: 500 },
  );
});

test("the delete of an earlier object does not remove the one created after it", () => {
  const store = createStore();
  store.set(object("one", "a", "new", 9));
  expect(store.remove(object("one", "a", "old", 8))).toEqual([]);
  expect(store.size).toBe(1);
});

test("a reader may do to an object what it likes: what is cached stays as it was", () => {
  const store = createStore();
  store.set({ ...object("one", "a", "u1", 1), spec: { list: [{ deep: 1 }] } });
  const read = store.get("one/a");
  Object.assign(read?.metadata ?? {}, { name: "b" });
  Object.assign(read?.["spec"] ?? {}, { list: [] });
  expect(store.get("one/a")).toEqual({ ...object("one", "a", "u1", 1), spec: { list: [{ deep: 1 }] } });
});
