import { z } from "zod";
import { imageReference, initContainers, sidecarContainers } from "./container.ts";
import { disruptionSchema } from "./disruption.ts";
import { envFromList, envList } from "./env.ts";
import { migrationSchema } from "./migration.ts";
import { monitoringSchema } from "./monitoring.ts";
import { networkPolicySchema } from "./network-policy.ts";
import {
  fileMountSchema,
  podMetadataSchema,
  podSecuritySchema,
  schedulingSchema,
  scratchPaths,
  serviceAccountSchema,
  volumeSchema,
} from "./pod.ts";
import { postgresSchema } from "./postgres.ts";
import { quantity } from "./quantity.ts";
import { redisSchema } from "./redis.ts";
import { localReferenceSchema } from "./reference.ts";
import { rolloutSchema } from "./rollout.ts";
import { routingSchema } from "./routing.ts";
import { scheduleSchema } from "./schedule.ts";
import { sloSchema } from "./slo.ts";
import { listByKeys, listByName, passthrough } from "./text.ts";
import { webSchema } from "./web.ts";
import { workerSchema } from "./worker.ts";

/** Bytes of each scratch directory where the user names no other size. */
const DEFAULT_SCRATCH_SIZE = "1Gi";

/** The stages of growth, from the smallest load to the largest. */
export const STAGES = ["mvp", "growth", "steady", "scale", "hyperscale"] as const;
/** A stage of growth: a profile of defaults. */
export type Stage = (typeof STAGES)[number];

/** `spec`: the whole of what a user writes. */
export const specSchema = z.strictObject({
  image: imageReference().describe("Image of the app, with a tag or digest, such as ghcr.io/acme/shop:1.4.2."),
  stage: z
    .enum(STAGES)
    .default("mvp")
    .describe(
      "Profile of defaults by load: mvp (< 1 request per second), growth (1-100), steady (100-1,000), scale (1,000-10,000), hyperscale (more). Each can be overridden.",
    ),
  env: envList().default([]).describe("Environment variables of every container of the app."),
  envFrom: envFromList()
    .default([])
    .describe(
      "ConfigMaps and Secrets whose keys become variables; other content of a ConfigMap is a new release, other data of a Secret restarts pods.",
    ),
  files: listByKeys(fileMountSchema, 20, ["path"])
    .default([])
    .describe(
      "ConfigMaps and Secrets mounted read-only; other content of a ConfigMap is a new release, other data of a Secret restarts pods.",
    ),
  scratch: scratchPaths().default(["/tmp"]).describe("Writable directories (emptyDir): the root file system is read-only."),
  scratchSize: quantity()
    .default(DEFAULT_SCRATCH_SIZE)
    .describe(
      `Bytes that each of these directories may hold; a pod that writes more is evicted, and a node's disk does not run full. Default: ${DEFAULT_SCRATCH_SIZE}.`,
    ),
  volumes: listByName(volumeSchema, 10)
    .default([])
    .describe(
      "Volumes that pods of several components share, such as uploads: existing claims, or claims that the operator makes and never deletes.",
    ),
  imagePullSecrets: listByName(localReferenceSchema, 10).default([]).describe("Secrets that open the image registry."),
  imagePullPolicy: z.enum(["Always", "IfNotPresent", "Never"]).default("IfNotPresent").describe("When nodes pull the image."),
  serviceAccount: serviceAccountSchema.prefault({}).describe("Identity of the pods."),
  podSecurity: podSecuritySchema.prefault({}).describe("What the containers may do: the restricted standard, unless loosened here."),
  podMetadata: podMetadataSchema
    .prefault({})
    .describe("Labels and annotations added to every pod; the managed Redis takes another value with its next change or pod."),
  scheduling: schedulingSchema
    .prefault({})
    .describe("Where the pods run; the managed Redis takes another value with its next change or pod."),
  initContainers: initContainers().default([]).describe("Containers that run before the app, one after the other."),
  sidecars: sidecarContainers().default([]).describe("Containers beside the app; they start before the app and stop after it."),
  suspend: z.boolean().default(false).describe("Whether everything is scaled to zero; all objects are kept."),
  deletionPolicy: z
    .strictObject({
      queueVolume: z.enum(["retain", "delete"]).default("retain").describe("What happens to the volume of the managed queue."),
    })
    .prefault({})
    .describe("What happens when the ScalableApp is deleted."),
  web: webSchema.prefault({}).describe("The component that answers requests."),
  workers: listByName(workerSchema, 50).default([]).describe("Components that take jobs from queues, or do other work beside web."),
  schedules: listByName(scheduleSchema, 50).default([]).describe("Commands that run once per tick across the whole fleet."),
  migration: migrationSchema.optional().describe("The command that prepares the database for a release. Default: none."),
  postgres: postgresSchema.optional().describe("The database of the app. Default: none."),
  redis: redisSchema
    .optional()
    .describe("The Redis servers of the app. Default: by stage (mvp none, growth a cache, steady and above a cache and a queue)."),
  routing: routingSchema.optional().describe("How requests from outside reach the web component. Default: they do not."),
  rollout: rolloutSchema.prefault({}).describe("How a new release replaces the old one."),
  slos: listByName(sloSchema, 10).default([]).describe("Service level objectives."),
  disruption: disruptionSchema.prefault({}).describe("How many pods may be evicted at once, by a node drain for example."),
  networkPolicy: networkPolicySchema.optional().describe("Which connections the pods may open and accept. Default: all."),
  monitoring: monitoringSchema.optional().describe("How the app is watched."),
  overlays: z
    .record(z.string().min(1).max(63), passthrough())
    .default({})
    .meta({ maxProperties: 150 })
    .describe(
      "Escape hatch: a strategic merge patch per component (web, worker-<name>, schedule-<name>, migration, ...), or of an object beside it (web/service, worker-<name>/horizontal-pod-autoscaler, service-account, ...), applied last; $patch, $retainKeys and null work as in kubectl patch. Prefer $patch: kubectl apply without --server-side drops a null when it is applied again.",
    ),
});

/** `spec` after the defaults of the stage and the static defaults were filled in. */
export type EffectiveSpec = z.output<typeof specSchema>;
/** `spec` as users write it. */
export type SpecInput = z.input<typeof specSchema>;

const stringMap = z.record(z.string(), z.string());

/** `metadata`: the part of it that decisions read. */
export const metadataSchema = z.object({
  name: z.string().min(1, "must name the app"),
  namespace: z.string().default("default"),
  uid: z.string().default(""),
  generation: z.int().default(0),
  resourceVersion: z.string().default(""),
  annotations: stringMap.default({}),
  labels: stringMap.default({}),
  deletionTimestamp: z.string().optional(),
});

/** The metadata that decisions read. */
export type AppMetadata = z.output<typeof metadataSchema>;

/** A ScalableApp with all defaults filled in. */
export interface ScalableApp {
  readonly metadata: AppMetadata;
  readonly spec: EffectiveSpec;
  /** The Redis servers that the stage fills in, and of which the user says nothing. */
  readonly byStage: readonly ("cache" | "queue")[];
}
