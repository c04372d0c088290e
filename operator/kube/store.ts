import type { KubeObject } from "../base/object.ts";
import { objectKey } from "../base/object.ts";
import { createPacker } from "./packer.ts";

/** What changed in the cache. A delete and recreate under one name is deleted, then added. */
export interface InformerEvent {
  readonly type: "added" | "updated" | "deleted";
  readonly object: KubeObject;
  /** The object before an update. */
  readonly old?: KubeObject;
}

/** Gives the values under which an object is filed. */
export type IndexFunction = (object: KubeObject) => readonly string[];

/** Objects by key and by index, packed until they are read; every change answers with the events that report it. */
export interface Store {
  get(key: string): KubeObject | undefined;
  list(): readonly KubeObject[];
  byIndex(index: string, value: string): readonly KubeObject[];
  /** An object was added or changed. */
  set(object: KubeObject): readonly InformerEvent[];
  /** An object was deleted; `object` is its last state. */
  remove(object: KubeObject): readonly InformerEvent[];
  /** The keys of a complete list of one namespace (undefined: of all); what is missing in it was deleted meanwhile. */
  retain(namespace: string | undefined, keys: ReadonlySet<string>): readonly InformerEvent[];
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

/** What is kept of an object. */
interface Entry {
  readonly packed: string;
  readonly uid: string | undefined;
  readonly version: string | undefined;
}

/** Makes an empty store. */
export function createStore(indexes: Readonly<Record<string, IndexFunction>> = {}): Store {
  const entries = new Map<string, Entry>();
  const index = createIndex({ ...indexes, ...builtIn });
  const packer = createPacker();

  function put(key: string, object: KubeObject): void {
    const { uid, resourceVersion: version } = object.metadata;
    entries.set(key, { packed: packer.pack(object), uid, version });
    index.add(key, object);
  }

  function drop(key: string): KubeObject | undefined {
    const old = read(key);
    if (old !== undefined) index.remove(key, old);
    entries.delete(key);
    return old;
  }

  function read(key: string): KubeObject | undefined {
    const entry = entries.get(key);
    return entry && packer.unpack(entry.packed);
  }

  function set(object: KubeObject): readonly InformerEvent[] {
    const key = objectKey(object);
    const known = entries.get(key);
    if (known !== undefined && isSameVersion(known, object)) return [];
    const old = drop(key);
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
    return Array.from(keys, read).filter((object) => object !== undefined);
  }

  return {
    get: read,
    list: () => pick(entries.keys()),
    byIndex: (name, value) => pick(index.keys(name, value)),
    set,
    remove(object) {
      const key = objectKey(object);
      const old = entries.get(key);
      if (old === undefined || old.uid !== object.metadata.uid) return [];
      drop(key);
      return [{ type: "deleted", object }];
    },
    retain(namespace, keys) {
      const before = namespace === undefined ? Array.from(entries.keys()) : Array.from(index.keys(BY_NAMESPACE, namespace));
      const gone = before.filter((key) => !keys.has(key)).flatMap((key) => drop(key) ?? []);
      return gone.map((object) => ({ type: "deleted", object }));
    },
    get size() {
      return entries.size;
    },
  };
}

function isSameVersion({ uid, version }: Entry, { metadata }: KubeObject): boolean {
  return uid === metadata.uid && version !== undefined && version === metadata.resourceVersion;
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
