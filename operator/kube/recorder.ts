import type { KubeClient } from "./client.ts";
import type { Clock } from "./clock.ts";
import type { KubeObject } from "./object.ts";

/** One thing worth telling the user about an object. */
export interface RecordedEvent {
  readonly type: "Normal" | "Warning";
  /** CamelCase, at most 128 characters. */
  readonly reason: string;
  /** CamelCase verb of what the operator did, e.g. Reconcile. */
  readonly action: string;
  /** At most 1,024 bytes; longer notes are cut. */
  readonly note: string;
}

/** How events are signed and limited. */
export interface RecorderOptions {
  readonly client: KubeClient;
  /** e.g. scalableapp.dev/operator. */
  readonly reportingController: string;
  /** The pod's name. */
  readonly reportingInstance: string;
  /** Events a single object may cause at once; default 25, refilled one per minute. */
  readonly burst?: number;
  readonly clock?: Clock;
  readonly onError?: (error: unknown) => void;
}

/** Writes Kubernetes Events in the background; never throws, never blocks a reconcile. */
export interface Recorder {
  event(regarding: KubeObject, event: RecordedEvent): void;
  /** Waits for what is under way. */
  flush(): Promise<void>;
}

/** Makes a recorder. */
export function createRecorder(_options: RecorderOptions): Recorder {
  throw new Error("not implemented yet");
}
