import type { KubeObject } from "../base/object.ts";

/** Deadlines of a client's calls. */
export interface Timeouts {
  readonly writeMs: number;
  readonly listMs: number;
}

/** Checked right before every write leaves the process; throws to stop it. A returned number caps the write's time in milliseconds. */
export type WriteGate = () => number | undefined;

/** One finished attempt, for metrics. */
export interface RequestObservation {
  readonly verb: string;
  readonly resource: string;
  /** HTTP status, 0 when no answer came. */
  readonly status: number;
  readonly milliseconds: number;
}

/** Options of a get. */
export interface GetOptions {
  readonly metadataOnly?: boolean;
  /** Replaces the client's deadline for this call. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Options of a list; `limit` and `continue` page it. */
export interface ListOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly metadataOnly?: boolean;
  readonly signal?: AbortSignal;
}

/** One page of a list. */
export interface ListPage {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
  /** Token of the next page; undefined on the last one. */
  readonly continue?: string;
}

/** Options of a watch. */
export interface WatchOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly resourceVersion: string;
  /** After this many seconds the server ends the watch by itself. */
  readonly timeoutSeconds?: number;
  readonly metadataOnly?: boolean;
  /** Milliseconds without a byte after which the watch counts as dead; default 150,000. */
  readonly idleMs?: number;
  readonly signal?: AbortSignal;
}

/** One raw event of a watch; ERROR carries a Status. */
export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: KubeObject;
}

/** Options of a server-side apply. */
export interface ApplyOptions {
  readonly fieldManager: string;
  /** Take fields over from other managers; default true. */
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly subresource?: "status" | "scale";
  readonly signal?: AbortSignal;
}

/** Options of create, update and patches. */
export interface WriteOptions {
  readonly fieldManager?: string;
  readonly dryRun?: boolean;
  readonly subresource?: string;
  /** Replaces the client's deadline for this call. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** A merge patch and its options. */
export interface MergePatchOptions extends WriteOptions {
  readonly patch: Readonly<Record<string, unknown>>;
}

/** Preconditions and propagation of a delete. */
export interface DeleteOptions {
  /** The object's uid: another object of the same name is never hit. */
  readonly uid: string;
  readonly resourceVersion?: string;
  /** Default Background. */
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
  readonly gracePeriodSeconds?: number;
  readonly signal?: AbortSignal;
}

/** Options of a pod log read. */
export interface PodLogOptions {
  readonly container?: string;
  readonly tailLines?: number;
  readonly previous?: boolean;
  readonly signal?: AbortSignal;
}
