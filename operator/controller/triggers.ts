import { APP_LABEL } from "../api/labels.ts";
import { KIND } from "../api/kind.ts";
import { canonicalJson } from "../base/canonical.ts";
import { controllerOf, objectKey, type KubeObject } from "../base/object.ts";
import { read } from "../base/read.ts";
import type { Informers } from "./informers.ts";
import type { ReferenceReader } from "./references.ts";
import type { Priority } from "./work-queue.ts";

/** Which apps refer to which ConfigMaps and Secrets; kept by reconciles, read by triggers. */
export class ReferenceIndex {
  readonly #appsOf = new Map<string, Set<string>>();
  readonly #referencesOf = new Map<string, readonly string[]>();

  /** Replaces what the app refers to; entries are "configmap/namespace/name" or "secret/namespace/name". */
  set(app: string, references: readonly string[]): void {
    for (const reference of this.#referencesOf.get(app) ?? []) {
      const apps = this.#appsOf.get(reference);
      apps?.delete(app);
      if (apps?.size === 0) this.#appsOf.delete(reference);
    }
    this.#referencesOf.delete(app);
    if (references.length === 0) return;
    this.#referencesOf.set(app, references);
    for (const reference of references) {
      const apps = this.#appsOf.get(reference) ?? new Set();
      apps.add(app);
      this.#appsOf.set(reference, apps);
    }
  }

  /** The apps that refer to it. */
  apps(reference: string): readonly string[] {
    return [...(this.#appsOf.get(reference) ?? [])];
  }
}

/** Who is reported what the caches have seen. */
export interface TriggerTargets {
  readonly references: ReferenceIndex;
  /** Is shown every generation of an app before the app's key is enqueued. */
  readonly reader: Pick<ReferenceReader, "see" | "forget">;
  readonly enqueue: (key: string, priority: Priority) => void;
}

/**
 * Turns every event of the caches into keys of the apps that it may concern. High is what people write; low is what follows from our own
 * writes: news of children, and of an app the status.
 */
export function connectTriggers(informers: Informers, { references, reader, enqueue }: TriggerTargets): void {
  informers.apps.onEvent(({ type, object, old }) => {
    const key = objectKey(object);
    if (type === "deleted") reader.forget(key);
    else reader.see(key, object.metadata.generation);
    enqueue(key, type !== "deleted" && old !== undefined && isSameRequest(old, object) ? "low" : "high");
  });
  for (const informer of [...informers.children, informers.pods, informers.claims]) {
    informer.onEvent(({ object, old }) => {
      for (const key of new Set([appOf(object), old && appOf(old)])) if (key !== undefined) enqueue(key, "low");
    });
  }
  informers.httpRoutes.onServed(() => {
    for (const app of informers.apps.list()) if (read(app["spec"], "routing", "gateway") !== undefined) enqueue(objectKey(app), "high");
  });
  const enqueueReferring = (reference: string) => references.apps(reference).forEach((key) => enqueue(key, "high"));
  informers.configMaps.onEvent(({ object }) => enqueueReferring(`configmap/${objectKey(object)}`));
  informers.secrets?.onEvent(({ object }) => enqueueReferring(`secret/${objectKey(object)}`));
}

/** Whether two versions of an app ask for the same: only their status differs. */
function isSameRequest({ metadata: old }: KubeObject, { metadata: now }: KubeObject): boolean {
  const asked = ({ uid, generation, labels, annotations, deletionTimestamp, finalizers }: KubeObject["metadata"]) =>
    canonicalJson({ uid, generation, labels, annotations, deletionTimestamp, finalizers });
  return asked(old) === asked(now);
}

/** The app that an object belongs to: by its controller, else by its label, as pods have it. */
export function appOf(object: KubeObject): string | undefined {
  const owner = controllerOf(object);
  const name = owner?.kind === KIND ? owner.name : object.metadata.labels?.[APP_LABEL];
  return name === undefined ? undefined : `${object.metadata.namespace}/${name}`;
}
