import type { KubeObject } from "../base/object.ts";
import { objectKey } from "../base/object.ts";

/** What changed in the cache. A delete and recreate under one name is deleted, then added. */
export interface InformerEvent {
  readonly type: "added" | "updated" | "deleted";
  readonly object: KubeObject;
  /** The object before an update. */
  readonly old?: KubeObject;
}

/** Gives the values under which an object is filed. */
export type IndexFunction = (object: KubeObject) => readonly string[];

/** Objects by key and by index; every change answers with the events that report it. */
export interface Store {
  get(key: string): KubeObject | undefined;
  list(): readonly KubeObject[];
  byIndex(index: string, value: string): readonly KubeObject[];
  /** An object was added or changed. */
  set(object: KubeObject): readonly InformerEvent[];
  /** An object was deleted; `object` is its last state. */
  remove(object: KubeObject): readonly InformerEvent[];
  /** A complete list of one namespace (undefined: of all); what is missing in it was deleted meanwhile. */
  replace(namespace: string | undefined, objects: readonly KubeObject[]): readonly InformerEvent[];
  readonly size: number;
}

/** Index of namespaces, always present. */
export const BY_NAMESPACE = "namespace";
/** Index of owners' uids, always present. */
export const BY_OWNER = "owner";

const builtIn: Readonly<Record<string, IndexFunction>> = {
  [BY_NAMESPACE]: (object) => [object.metadata.namespace ?? ""],
  [BY_OWNER]: (object) => (object.metadata.ownerReferences ?? []).map((owner) => owner.uid),
};

/** Makes an empty store. */
export function createStore(indexes: Readonly<Record<string, IndexFunction>> = {}): Store {
  const objects = new Map<string, KubeObject>();
  const index = createIndex({ ...indexes, ...builtIn });

  function put(key: string, object: KubeObject): void {
    drop(key);
    objects.set(key, object);
    index.add(key, object);
  }

  function drop(key: string): void {
    const old = objects.get(key);
    if (old !== undefined) index.remove(key, old);
    objects.delete(key);
  }

  function set(object: KubeObject): readonly InformerEvent[] {
    const key = objectKey(object);
    const old = objects.get(key);
    if (old !== undefined && isSameVersion(old, object)) return [];
    put(key, object);
    if (old === undefined) return [{ type: "added", object }];
    // Deleted and created anew while we did not look: two objects, not one that changed.
    if (old.metadata.uid !== object.metadata.uid) {
      return [
        { type: "deleted", object: old },
        { type: "added", object },
      ];
    }
    return [{ type: "updated", object, old }];
  }

  function pick(keys: Iterable<string>): KubeObject[] {
    return Array.from(keys, (key) => objects.get(key)).filter((object) => object !== undefined);
  }

  return {
    get: (key) => objects.get(key),
    list: () => Array.from(objects.values()),
    byIndex: (name, value) => pick(index.keys(name, value)),
    set,
    remove(object) {
      const key = objectKey(object);
      const old = objects.get(key);
      if (old === undefined || old.metadata.uid !== object.metadata.uid) return [];
      drop(key);
      return [{ type: "deleted", object }];
    },
    replace(namespace, listed) {
      const kept = new Set(listed.map((object) => objectKey(object)));
      const before = namespace === undefined ? Array.from(objects.keys()) : Array.from(index.keys(BY_NAMESPACE, namespace));
      const gone = pick(before.filter((key) => !kept.has(key)));
      for (const object of gone) drop(objectKey(object));
      const deleted = gone.map((object): InformerEvent => ({ type: "deleted", object }));
      return [...deleted, ...listed.flatMap((object) => set(object))];
    },
    get size() {
      return objects.size;
    },
  };
}

function isSameVersion(a: KubeObject, b: KubeObject): boolean {
  return (
    a.metadata.uid === b.metadata.uid &&
    a.metadata.resourceVersion !== undefined &&
    a.metadata.resourceVersion === b.metadata.resourceVersion
  );
}

interface Index {
  add(key: string, object: KubeObject): void;
  remove(key: string, object: KubeObject): void;
  keys(name: string, value: string): Iterable<string>;
}

function createIndex(functions: Readonly<Record<string, IndexFunction>>): Index {
  const filed = new Map(Object.keys(functions).map((name) => [name, new Map<string, Set<string>>()]));
  function each(object: KubeObject, visit: (values: Map<string, Set<string>>, value: string) => void): void {
    for (const [name, values] of filed) for (const value of functions[name]?.(object) ?? []) visit(values, value);
  }
  return {
    add(key, object) {
      each(object, (values, value) => {
        const keys = values.get(value);
        if (keys === undefined) values.set(value, new Set([key]));
        else keys.add(key);
      });
    },
    remove(key, object) {
      each(object, (values, value) => {
        const keys = values.get(value);
        keys?.delete(key);
        if (keys?.size === 0) values.delete(value);
      });
    },
    keys(name, value) {
      const values = filed.get(name);
      if (values === undefined) throw new Error(`the informer has no index named "${name}"`);
      return values.get(value) ?? [];
    },
  };
}
