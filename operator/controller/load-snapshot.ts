import type { ScalableApp } from "../api/scalable-app.ts";
import { NEVER_OBSERVED, type ScalableAppStatus } from "../api/status.ts";
import { read } from "../base/read.ts";
import type { KubeObject } from "../base/object.ts";
import type { MeasuredSnapshot } from "../plan/analysis/measured-snapshot.ts";
import type { References, Snapshot } from "../plan/observe/snapshot.ts";
import type { Images } from "../resources/images.ts";
import type { Informers } from "./informers.ts";

/** Every cached object that the app controls. */
export function ownedObjects(informers: Informers, uid: string): readonly KubeObject[] {
  return informers.children.flatMap((informer) => informer.ownedBy(uid));
}

/** Joins what the caches hold about one app; asks nothing of the API server. */
export function loadSnapshot(
  informers: Informers,
  facts: {
    readonly raw: KubeObject;
    readonly app: ScalableApp;
    readonly references: References;
    readonly images: Images;
    readonly renderer: string;
    readonly evidence?: MeasuredSnapshot["evidence"];
    readonly activity?: Snapshot["activity"];
    readonly probeAnswers?: Snapshot["probeAnswers"];
    readonly poolerErrors?: Snapshot["poolerErrors"];
    readonly podEvents?: Snapshot["podEvents"];
    readonly nowMs: number;
  },
): MeasuredSnapshot {
  const { raw, app, references, images, renderer, evidence, activity, probeAnswers, poolerErrors, podEvents, nowMs } = facts;
  return {
    now: timestamp(nowMs),
    app,
    rawSpec: raw["spec"],
    status: statusOf(raw),
    owned: ownedObjects(informers, app.metadata.uid),
    gatewayApiMissing: !informers.httpRoutes.isServed(),
    pods: informers.pods.byIndex("app", `${app.metadata.namespace}/${app.metadata.name}`),
    claims: informers.claims.byIndex("app", `${app.metadata.namespace}/${app.metadata.name}`),
    references,
    images,
    renderer,
    evidence,
    activity,
    probeAnswers,
    poolerErrors,
    podEvents,
  };
}

/** The status of an app as the cache holds it; undefined where only the CRD's default stands there. */
export function statusOf(raw: KubeObject): ScalableAppStatus | undefined {
  if (read(raw["status"], "observedGeneration") === NEVER_OBSERVED) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nobody but the operator writes the status, and the API server checked it against the schema
  return raw["status"] as ScalableAppStatus | undefined;
}

/** A moment as Kubernetes writes it: UTC, whole seconds. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
