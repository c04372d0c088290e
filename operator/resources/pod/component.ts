import type { V1Container, V1EnvVar, V1PodSpec, V1ResourceRequirements } from "@kubernetes/client-node";

/** The name of the container that runs the user's image in every pod; the autoscaler measures it alone. */
export const appContainerName = "app";

/** How the pods of a component reach the database: through the pooler, where there is one, or always directly. */
export type DatabaseRoute = "pooled" | "direct";

/** What tells the pods of one component from those of the others. */
export interface PodComponent {
  /** The component label: web, worker-NAME, schedule-NAME or migration. */
  readonly name: string;
  readonly command: string[];
  readonly args: string[];
  readonly resources: V1ResourceRequirements;
  readonly database: DatabaseRoute;
  /** Whether the user's init containers and sidecars belong to these pods. */
  readonly extraContainers: boolean;
  /** Variables that only this component has; the user's own still win. */
  readonly environment?: readonly V1EnvVar[];
  /** Ports, probes and hooks of the app's container. */
  readonly container?: Pick<V1Container, "ports" | "startupProbe" | "readinessProbe" | "livenessProbe" | "lifecycle">;
  /** Fields of the pod that only this component has. */
  readonly pod: Pick<
    V1PodSpec,
    "restartPolicy" | "terminationGracePeriodSeconds" | "topologySpreadConstraints" | "affinity" | "tolerations"
  >;
}
