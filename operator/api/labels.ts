import { GROUP } from "./kind.ts";

/** Label: the name of the ScalableApp that a child belongs to; part of every selector. */
export const APP_LABEL = `${GROUP}/app` as const;
/** Label on pods: the revision of the release that a pod runs. */
export const RELEASE_LABEL = `${GROUP}/release` as const;
/** Label on pods: `stable` or `canary`. */
export const TRACK_LABEL = `${GROUP}/track` as const;
/** Recommended label: the name of the application. */
export const NAME_LABEL = "app.kubernetes.io/name";
/** Recommended label: the instance of the application. */
export const INSTANCE_LABEL = "app.kubernetes.io/instance";
/** Recommended label: web, worker-<name>, schedule-<name>, migration, redis-cache, ...; part of every selector. */
export const COMPONENT_LABEL = "app.kubernetes.io/component";
/** Recommended label: the application that the object is a part of. */
export const PART_OF_LABEL = "app.kubernetes.io/part-of";
/** Recommended label, on pods of a release: the tag of the image. */
export const VERSION_LABEL = "app.kubernetes.io/version";
/** Recommended label: the tool that manages the object. */
export const MANAGED_BY_LABEL = "app.kubernetes.io/managed-by";
/** The value of the managed-by label. */
export const MANAGED_BY = "scalable-app";

/** Annotation on children: the hash of the object that the operator last applied. */
export const APPLIED_HASH_ANNOTATION = `${GROUP}/applied-hash` as const;
/** Annotation on a child: the fields of it that this API server does not keep. */
export const DROPPED_FIELDS_ANNOTATION = `${GROUP}/dropped-fields` as const;
/** Annotation on a child: the replica count that its create carried, until our main field manager has handed the count over. */
export const CREATED_REPLICAS_ANNOTATION = `${GROUP}/created-with-replicas` as const;
/** Annotation on a worker that rests for a migration: the replica count to which it returns. */
export const QUIESCED_REPLICAS_ANNOTATION = `${GROUP}/replicas-before-rest` as const;
/** Annotation on pods: which data of each Secret they have read, as "name=version", where it has changed since it was first seen. */
export const SECRETS_ANNOTATION = `${GROUP}/secrets` as const;
/** Annotation on a managed Redis: the pod template that it keeps, and a hash of what of Redis itself that was made from. */
export const POD_TEMPLATE_ANNOTATION = `${GROUP}/pod-template` as const;
/** Annotation on the copy of a ConfigMap: the digest of its content. */
export const CONFIG_DIGEST_ANNOTATION = `${GROUP}/config-digest` as const;
/** Annotation on pods, known to Kubernetes: of the pods of a ReplicaSet, the one with the lowest cost is ended first. */
export const POD_DELETION_COST_ANNOTATION = "controller.kubernetes.io/pod-deletion-cost";
/** Prefix of labels and annotations that only the operator may set. */
export const RESERVED_PREFIX = `${GROUP}/`;

/** The two tracks of a release: the version that all users get, and the one under trial. */
export const TRACKS = ["stable", "canary"] as const;
/** One of the tracks. */
export type Track = (typeof TRACKS)[number];
