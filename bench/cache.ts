// make bench-cache: what a cache of so many apps costs in each form that it could have; a process for each form and number of apps.
import { hash } from "node:crypto";
import { execa } from "execa";
import type { KubeObject } from "../operator/base/object.ts";
import { createPacker } from "../operator/kube/packer.ts";
import { formatTable } from "./figures.ts";
import { cachedObjects } from "./scale/cached-objects.ts";

/** How the objects of one kind are kept: what is kept of one, and the object that a reader gets. */
interface Form {
  keep(object: KubeObject): unknown;
  read(kept: unknown): unknown;
}

const frozen: Form = { keep: deepFreeze, read: (kept) => kept };
const text: Form = { keep: (object) => JSON.stringify(object), read: (kept): unknown => JSON.parse(String(kept)) };

function packed(): Form {
  const packer = createPacker();
  return { keep: (object) => packer.pack(object), read: (kept) => packer.unpack(String(kept)) };
}

/** The same with no more of stored releases and ConfigMaps than their metadata: what is in them would have to be read by name. */
function metadataOf(form: Form): Form {
  return { ...form, keep: (object) => form.keep(withoutContent(object)) };
}

function withoutContent({ data: _data, ...object }: KubeObject): KubeObject {
  return object;
}

/** Frozen objects with one copy of each part that several have; nothing is ever given up, which a real one would need a count of users for. */
function shared(): Form {
  const parts = new Map<string, unknown>();
  function share(value: unknown): unknown {
    const [key, made] = typeof value === "object" && value !== null ? shareFields(value) : [JSON.stringify(value), value];
    return parts.get(key) ?? (parts.set(key, made), made);
  }
  function shareFields(value: object): readonly [string, unknown] {
    const made = Array.isArray(value)
      ? value.map(share)
      : Object.fromEntries(Object.entries(value).map(([key, field]) => [key, share(field)]));
    return [hash("sha1", JSON.stringify(made), "base64"), Object.freeze(made)];
  }
  return { keep: share, read: (kept) => kept };
}

/** Only ConfigMaps and stored releases have a field "data" in this benchmark. */
const forms: Readonly<Record<string, () => Form>> = {
  "no objects": () => ({ keep: () => undefined, read: () => undefined }),
  "frozen objects": () => frozen,
  "frozen objects, equal parts shared": shared,
  "frozen objects, releases and ConfigMaps as metadata": () => metadataOf(frozen),
  "JSON text": () => text,
  "JSON text, releases and ConfigMaps as metadata": () => metadataOf(text),
  "packed text": packed,
};

interface Figures {
  readonly heapMiB: number;
  readonly rssMiB: number;
  readonly keepMicros: number;
  readonly readMicros: number;
}

const mebibyte = 1024 * 1024;

/** Fills a cache in this process and reads all of it once; times are for an object. */
function measure(name: string, apps: number): Figures {
  const kinds = new Map<string, { readonly form: Form; readonly kept: unknown[] }>();
  let keepMs = 0;
  let count = 0;
  for (let index = 0; index < apps; index++) {
    for (const json of cachedObjects(index)) {
      const object = JSON.parse(json) as KubeObject;
      const cache = kinds.get(object.kind) ?? { form: forms[name]?.() ?? frozen, kept: [] };
      kinds.set(object.kind, cache);
      const start = performance.now();
      cache.kept.push(cache.form.keep(object));
      keepMs += performance.now() - start;
      count += 1;
    }
  }
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  const start = performance.now();
  for (const { form, kept } of kinds.values()) for (const each of kept) form.read(each);
  const readMs = performance.now() - start;
  return {
    heapMiB: heapUsed / mebibyte,
    rssMiB: rss / mebibyte,
    keepMicros: (keepMs * 1000) / count,
    readMicros: (readMs * 1000) / count,
  };
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}

async function main(): Promise<void> {
  const [form, apps] = process.argv.slice(2);
  if (form !== undefined) return console.log(JSON.stringify(measure(form, Number(apps))));
  const rows = [["cache", "apps", "heap MiB", "RSS MiB", "µs to keep an object", "µs to read it"]];
  for (const count of [1000, 10_000]) {
    for (const name of Object.keys(forms)) {
      const flags = ["--expose-gc", "--max-semi-space-size=1", import.meta.filename, name, String(count)];
      const { stdout } = await execa(process.execPath, flags);
      const { heapMiB, rssMiB, keepMicros, readMicros } = JSON.parse(stdout) as Figures;
      rows.push([name, String(count), heapMiB.toFixed(0), rssMiB.toFixed(0), keepMicros.toFixed(1), readMicros.toFixed(1)]);
    }
  }
  console.log(formatTable(rows));
}

await main();
