import type { KubeObject } from "../../operator/base/object.ts";
import { app, childTemplates, original } from "./apps.ts";

const pods = 4;
const templates = childTemplates().map((child) => JSON.stringify(child));

/** The texts of all that the operator caches of one app: the app, its children, its stored release and its pods as far as they are kept. */
export function cachedObjects(index: number): readonly string[] {
  const name = `app-${index}`;
  const namespace = `scale-${Math.floor(index / 100)}`;
  const children = templates.map((template) => filled(template, { name, namespace, index }));
  const objects = [app(name, namespace, original), ...children.map((child): KubeObject => JSON.parse(child)), ...podsOf(name, namespace)];
  return objects.map((object, n) => JSON.stringify(asStored(object, index * 100 + n)));
}

function filled(
  template: string,
  { name, namespace, index }: { readonly name: string; readonly namespace: string; readonly index: number },
) {
  return template
    .replaceAll("__name__", name)
    .replaceAll("__namespace__", namespace)
    .replaceAll("__release__", hex(index, 10))
    .replaceAll("__image__", "1")
    .replaceAll("__greeting__", `hello ${index}`);
}

function podsOf(name: string, namespace: string): readonly KubeObject[] {
  const ready = { type: "Ready", status: "True", lastTransitionTime: "2026-11-26T11:36:43Z" };
  return Array.from({ length: pods }, (_, n) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: `${name}-${hex(n, 5)}`, namespace, labels: { "scalableapp.dev/app": name, "app.kubernetes.io/name": name } },
    status: {
      phase: "Running",
      podIP: `10.1.${n}.7`,
      conditions: [ready],
      containerStatuses: [{ name: "app", ready: true, restartCount: 0 }],
    },
  }));
}

/** With what the API server adds to each: none of it is like another's. */
function asStored(object: KubeObject, n: number): KubeObject {
  const uid = `${hex(n, 8)}-${hex(n + 1, 4)}-4000-8000-${hex(n + 2, 12)}`;
  const metadata = { uid, resourceVersion: String(100_000 + n * 7), creationTimestamp: "2026-11-26T11:36:43Z", generation: 1 };
  return { ...object, metadata: { ...object.metadata, ...metadata } };
}

/** Digits that look random and are the same in each run. */
function hex(n: number, digits: number): string {
  let text = "";
  for (let state = n + 1; text.length < digits;) {
    state = Math.imul(state ^ (state >>> 15), 0x2c_1b_3c_6d) ^ 0x9e_37_79_b9;
    text += (state >>> 0).toString(16);
  }
  return text.slice(0, digits);
}
