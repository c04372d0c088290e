import type { Manifest } from "../manifest.ts";
import { childMetadata, selectorLabels } from "../metadata.ts";
import type { Identity } from "../metadata.ts";
import { redisPort } from "../pod/environment.ts";

/** The Service in front of a managed Redis. */
export function buildRedisService(identity: Identity, child: { name: string; component: string }): Manifest {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: childMetadata(identity, child.name, child.component),
    spec: {
      type: "ClusterIP",
      selector: selectorLabels(identity.app.metadata.name, child.component),
      ports: [{ name: "redis", port: redisPort, protocol: "TCP", targetPort: "redis" }],
    },
  };
}
