import type { ScalableApp } from "../../api/scalable-app.ts";
import type { ScalableAppStatus } from "../../api/status.ts";
import type { KubeObject } from "../../base/object.ts";
import type { PodEvents } from "./pod-events.ts";
import type { ProbeAnswers } from "./probe-answers.ts";
import type { WorkerActivity } from "./worker-activity.ts";
import type { Images } from "../../resources/images.ts";
import type { SecretFacts } from "./secret-facts.ts";

/** An object as the cache holds it; plan reads it and never changes it. */
export type LiveObject = KubeObject;

/** What is known of one referenced ConfigMap or Secret. "unknown": the operator may not or need not look. */
export type Reference =
  /** A ConfigMap: the digest of its content. */
  | { readonly state: "found"; readonly digest: string }
  /** A Secret: what its metadata says about its data. */
  | { readonly state: "found"; readonly secret: SecretFacts }
  | { readonly state: "missing" }
  | { readonly state: "denied"; readonly message: string }
  | { readonly state: "unknown" };

/** References by "configmap/NAME" or "secret/NAME". */
export type References = Readonly<Record<string, Reference>>;

/** Everything that a decision may look at, at one moment. */
export interface Snapshot {
  /** The moment, ISO 8601 with seconds. */
  readonly now: string;
  readonly app: ScalableApp;
  /** The spec as the user wrote it, before stage and defaults. */
  readonly rawSpec: unknown;
  readonly status: ScalableAppStatus | undefined;
  /** Every object that the app controls. */
  readonly owned: readonly LiveObject[];
  /** The app's pods, whatever controls them. */
  readonly pods: readonly LiveObject[];
  /** The claims of volumes of the app, which outlive what made them. Default: none. */
  readonly claims?: readonly LiveObject[];
  /** The Gateway API is not installed, so that no route can exist. Default: it is. */
  readonly gatewayApiMissing?: boolean;
  readonly references: References;
  readonly images: Images;
  /** The version of this operator; a newer one may render the same release otherwise. */
  readonly renderer: string;
  /** Who works on the queues of workers, by their component label, where it was asked. */
  readonly activity?: Readonly<Record<string, WorkerActivity>> | undefined;
  /** What pods that are not ready answered to their own probes. */
  readonly probeAnswers?: ProbeAnswers | undefined;
  /** The last error lines of poolers beside pods that are not ready, by pod. */
  readonly poolerErrors?: Readonly<Record<string, string>> | undefined;
  /** The Warnings about pods that do not start or are not ready, where nothing else says why. */
  readonly podEvents?: PodEvents | undefined;
  /** The last log lines of the failed migration, where they were read. */
  readonly migrationLog?: string;
  /** The last log lines of the failed contract migration, where they were read. */
  readonly contractLog?: string;
}

/** Finds an owned object by kind and name. */
export function findOwned(snapshot: Pick<Snapshot, "owned">, kind: string, name: string): LiveObject | undefined {
  return snapshot.owned.find((object) => object.kind === kind && object.metadata.name === name);
}
