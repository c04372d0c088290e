import type { Resources } from "../../api/container.ts";
import type { Manifest } from "../manifest.ts";
import { childMetadata, selectorLabels } from "../metadata.ts";
import type { Identity } from "../metadata.ts";
import { redisCacheName } from "../names.ts";
import { buildRedisPodTemplate, dataVolumeName } from "./pod-template.ts";

/** The component label of the managed cache. */
export const redisCacheComponent = "redis-cache";

/** The managed cache: it holds nothing that could not be computed again, so it has no volume and a new one replaces an old one. */
export function buildRedisCacheDeployment(identity: Identity, cache: { readonly memory: string; readonly resources: Resources }): Manifest {
  const { name } = identity.app.metadata;
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: childMetadata(identity, redisCacheName(name), redisCacheComponent),
    spec: {
      selector: { matchLabels: selectorLabels(name, redisCacheComponent) },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      revisionHistoryLimit: 2,
      template: buildRedisPodTemplate(identity, {
        component: redisCacheComponent,
        memory: cache.memory,
        resources: cache.resources,
        evictionPolicy: "allkeys-lru",
        persistent: false,
        dataVolume: { name: dataVolumeName, emptyDir: {} },
      }),
    },
  };
}
