import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import type { Resources } from "../../api/container.ts";
import type { Manifest } from "../manifest.ts";
import { childLabels, childMetadata, selectorLabels } from "../metadata.ts";
import type { Identity } from "../metadata.ts";
import { redisQueueName } from "../names.ts";
import { buildRedisPodTemplate, dataVolumeName } from "./pod-template.ts";

/** The component label of the managed queue. */
export const redisQueueComponent = "redis-queue";

/** A managed queue with its volume. */
export interface ManagedQueue {
  readonly memory: string;
  readonly resources: Resources;
  readonly storage: string;
  readonly storageClassName?: string;
}

/**
 * The managed queue: jobs must survive a restart, so every write goes to a file on a volume, and a full memory refuses new jobs
 * instead of losing old ones. A StatefulSet ends the old pod before it starts a new one: no two write the same file.
 */
export function buildRedisQueueStatefulSet(identity: Identity, queue: ManagedQueue): Manifest {
  const { metadata, spec } = identity.app;
  const name = redisQueueName(metadata.name);
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: childMetadata(identity, name, redisQueueComponent),
    spec: {
      replicas: 1,
      serviceName: name,
      selector: { matchLabels: selectorLabels(metadata.name, redisQueueComponent) },
      updateStrategy: { type: "RollingUpdate" },
      revisionHistoryLimit: 2,
      persistentVolumeClaimRetentionPolicy: {
        whenDeleted: spec.deletionPolicy.queueVolume === "delete" ? "Delete" : "Retain",
        whenScaled: "Retain",
      },
      template: buildRedisPodTemplate(identity, {
        component: redisQueueComponent,
        memory: queue.memory,
        resources: queue.resources,
        evictionPolicy: "noeviction",
        persistent: true,
      }),
      volumeClaimTemplates: [volumeClaim(metadata.name, queue)],
    },
  };
}

function volumeClaim(app: string, queue: ManagedQueue): V1PersistentVolumeClaim {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: dataVolumeName, labels: childLabels(app, redisQueueComponent) },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: queue.storage } },
      ...(queue.storageClassName === undefined ? {} : { storageClassName: queue.storageClassName }),
    },
  };
}
