import type { Change } from "./change-set.ts";
import type { KubeClient } from "./client.ts";
import type { KubeObject, Resource } from "./object.ts";

/** One child to bring to its intended state. */
export interface ApplyRequest {
  readonly resource: Resource;
  readonly intended: KubeObject;
  /** The object as the cache knows it; undefined: it does not exist. */
  readonly live: KubeObject | undefined;
  readonly fieldManager: string;
  /** Annotation that carries the hash of the last applied intention, so that a dropped field is noticed. */
  readonly hashAnnotation: string;
  readonly signal?: AbortSignal;
}

/** What an apply did; `object` is the stored object after a write, else the live one. */
export interface ApplyOutcome {
  readonly change: Change;
  readonly object: KubeObject;
}

/** `intended` with its own hash in the annotation. */
export function stampHash(_intended: KubeObject, _hashAnnotation: string): KubeObject {
  throw new Error("not implemented yet");
}

/** Why `live` must be written, or undefined when it already is as intended. */
export function reasonToApply(_request: Pick<ApplyRequest, "intended" | "live" | "hashAnnotation">): string | undefined {
  throw new Error("not implemented yet");
}

/** Server-side applies the intention only where it differs: an object already as intended costs no request. */
export function applyIfChanged(_client: KubeClient, _request: ApplyRequest): Promise<ApplyOutcome> {
  throw new Error("not implemented yet");
}
